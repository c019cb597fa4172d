import type { Account } from '../accounts/account.ts'
import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { NewLink } from '../links/one-time-links.ts'
import { PURPOSES, type Purpose } from '../links/purposes.ts'
import type { Email } from './email.ts'
import { type EmailKind, type Facts, KINDS, type Kind } from './kinds.ts'

/** The browser in which an email was requested: its link works only there, or asks for the password elsewhere. */
export type Asked = Pick<NewLink, 'browser'>

interface Sending {
  /** The address that it goes to and its link belongs to; the account's own by default. */
  to?: string
  /** The account's own by default. */
  locale?: Email['locale'] | undefined
  /** Of a link that was made before, with `link`. */
  token?: string
  /** The browser in which the link works, and the digest of the code that goes with it. */
  bound?: Pick<NewLink, 'browser' | 'code'>
}

/** What an email of this kind must be given (its facts, and by whom it was caused) and may be given. */
export type Options<K extends EmailKind> = Sending &
  Facts<K> &
  ((typeof KINDS)[K] extends { by: true } ? { by: Actor } : unknown)

/** What any kind may be given. */
interface Given extends Sending {
  by?: Actor
  page?: string
  until?: Date
}

const NOBODY = 'nobody@localhost'

/**
 * Writes emails to people, each with its links, as the table of kinds says (email/kinds.ts). An email is part of the
 * transaction of the change that it is about.
 */
export class Emails {
  readonly #app

  constructor(app: Needs<'links' | 'outbox' | 'clock' | 'config'>) {
    this.#app = app
  }

  /**
   * @param account null: with `to`, an email to a person without an account; without it, one that the caller rolls back,
   *   so that a request for an unknown address takes the same work
   * @throws InvalidInput if `to` is not exactly one address
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
    // A name that was typed into a registration is never sent to an unverified address: it could be someone else's.
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
