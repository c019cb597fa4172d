import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { network } from '../base/network/ip-ranges.ts'
import type { Needs } from '../base/nouns.ts'
import { oneLine } from '../base/text/user-agent.ts'
import type { NewLink } from '../links/one-time-links.ts'
import { PURPOSES, type Purpose } from '../links/purposes.ts'
import type { Email } from './email.ts'
import { type EmailKind, type Facts, KINDS, type Kind } from './kinds.ts'

/** The browser that requested the email: the link works only there, or asks for the password elsewhere. */
export type RequestingBrowser = Pick<NewLink, 'browser'>

interface Sending {
  /** The address that the email is sent to and its link is bound to; the account's own by default. */
  to?: string
  /** The account's own by default. */
  locale?: Email['locale'] | undefined
  /** The token of a link that was made before by `link`. */
  token?: string
  /** The browser in which the link works, and the digest of the code beside it. */
  bound?: Pick<NewLink, 'browser' | 'code'>
}

/** What an email of this kind needs (its facts, and the actor that caused it), and what it may have. */
export type Options<K extends EmailKind> = Sending &
  Facts<K> &
  ((typeof KINDS)[K] extends { by: true } ? { by: Actor } : unknown)

/** The options of all kinds together. */
interface Given extends Sending {
  by?: Actor
  page?: string
  until?: Date
}

const DECOY_RECIPIENT = 'nobody@localhost'

/**
 * Sends emails to people, with their links, as defined in kinds.ts. An email is part of the transaction of the change
 * that it reports.
 */
export class Emails {
  readonly #app

  constructor(app: Needs<'links' | 'outbox' | 'limits' | 'clock' | 'config'>) {
    this.#app = app
  }

  /**
   * @param account null: with `to`, an email to a person without an account; without `to`, an email that the caller
   *   rolls back, so that a request for an unknown address takes the same work
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
      ...Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, factText(value)])),
      ...(by && this.#circumstances(by)),
      ...(link && { link: `${this.#app.config.issuer}/${link}` }),
      ...(rules.report && {
        report: `${this.#app.config.issuer}/${PURPOSES['report-compromise'].page}/${await this.link('report-compromise', account)}`,
      }),
    }
    const recipient = to ?? account?.email ?? DECOY_RECIPIENT
    await this.#app.outbox.post({ kind, to: recipient, locale: locale ?? account?.language ?? 'en', data })
  }

  /**
   * Counts an email that a visitor requests. The limit of the IP address comes first: an address that has reached it
   * does not use up the recipient's limit.
   * @param to the address or username as typed; each has its own limit, since a shared one would reveal whose username
   *   it is. Null if the text can be neither
   * @throws TooManyAttempts
   */
  async takeLimits(to: string | null, { by }: { by: Actor }): Promise<void> {
    await this.#app.limits.emailByIp.take(network(by.ip))
    if (to) await this.#app.limits.emailByAddress.take(to)
  }

  /** Issues a link for an email. @returns its token */
  link(
    purpose: Purpose,
    account: Account | null,
    { to, ...rest }: RequestingBrowser & Partial<NewLink> & { to?: string } = {},
  ) {
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

function factText(fact: unknown): string {
  return fact instanceof Date ? fact.toISOString() : String(fact)
}
