import type { Account } from '../accounts/account.ts'
import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { Email } from '../mail/email.ts'
import { type EmailKind, type Facts, KINDS, type Kind } from '../mail/kinds.ts'
import { PURPOSES, type Purpose } from '../mail/purposes.ts'
import type { NewLink } from './one-time-links.ts'

/** In which browser an email was asked for: its link works there alone, or takes another proof anywhere else. */
export type Asked = Pick<NewLink, 'browser'>

interface Sending {
  /** Where it goes, and what its link belongs to, if that is not the account's address. */
  to?: string
  /** If not the account's own. */
  locale?: Email['locale'] | undefined
  /** Of a link that was made before, by `link`. */
  token?: string
  /** What only that browser, and this code, can be used with. */
  bound?: Pick<NewLink, 'browser' | 'code'>
}

/** All that an email of this kind can be given, and the facts that it has to be given. */
export type Options<K extends EmailKind> = Sending &
  Facts<K> &
  ((typeof KINDS)[K] extends { by: true } ? { by: Actor } : unknown)

/** What any kind may be given; which of it a kind needs, its type says. */
interface Given extends Sending {
  by?: Actor
  page?: string
  until?: Date
}

const NOBODY = 'nobody@localhost'

/**
 * Writes emails to people, each with its links, as the table of kinds says (mail/kinds.ts). An email is part of the
 * transaction of the change that it is about.
 */
export class Emails {
  readonly #app

  constructor(app: Needs<'links' | 'outbox' | 'clock' | 'config'>) {
    this.#app = app
  }

  /**
   * @param account null where nobody has the address: the same work, for an email that the caller takes back; with `to`,
   *   an email to somebody who has no account
   * @throws InvalidInput where it would not go to exactly one address
   */
  send<K extends EmailKind>(
    kind: K,
    account: Account | null,
    ...options: object extends Options<K> ? [Options<K>?] : [Options<K>]
  ): Promise<void>
  async send(kind: EmailKind, account: Account | null, given: Given = {}): Promise<void> {
    const { to, locale, token, bound, by, page, ...facts } = given
    const rules: Kind = KINDS[kind]
    const secret = rules.link && (token ?? (await this.link(rules.link, account, { to, until: facts.until, ...bound })))
    const link = secret ? `${page ?? PURPOSES[rules.link!].page}/${secret}` : rules.page
    // What a stranger typed into a registration is said to no address that nobody has verified.
    const name = account?.emailVerified && !rules.unverified && account.name
    const data = {
      ...(name && { name }),
      ...Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, told(value)])),
      ...(by && this.#circumstances(by)),
      ...(link && { link: `${this.#app.config.issuer}/${link}` }),
      ...(rules.panic && {
        panic: `${this.#app.config.issuer}/${PURPOSES.panic.page}/${await this.link('panic', account)}`,
      }),
    }
    const recipient = to ?? account?.email ?? NOBODY
    await this.#app.outbox.post({ kind, to: recipient, locale: locale ?? account?.language ?? 'en', data })
  }

  /** A link that an email will carry. @returns its token */
  link(purpose: Purpose, account: Account | null, { to, ...rest }: Asked & Partial<NewLink> & { to?: string } = {}) {
    return this.#app.links.issue(purpose, { account, address: to, provesAddress: true, ...rest })
  }

  #circumstances({ ip, userAgent }: Actor): Record<string, string> {
    return {
      when: this.#app.clock.now().toISOString(),
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
    }
  }
}

function told(fact: unknown): string {
  return fact instanceof Date ? fact.toISOString() : String(fact)
}
