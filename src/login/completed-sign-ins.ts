import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/details.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'

/** Limits emails about new browsers, so that repeated sign-ins do not flood the inbox. */
const HOUR_MS = 60 * 60 * 1000
const EMAILS_AN_HOUR = 5

interface CompletedSignIn {
  /** The tokens that the browser holds, and the known browser that they identify. */
  browserTokens: readonly string[]
  browser: KnownBrowser | null
  by: Actor
  target: string | null
  /** The method, if the history names it: `email`, `upstream:google`. */
  reason?: Reason<'sign-in.succeeded'> | null
}

/** Records a completed sign-in, remembers the browser, and emails the person if the browser was not known. */
export class CompletedSignIns {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'knownBrowsers' | 'emails'>) {
    this.#app = app
  }

  /**
   * Remembers the browser of a person who verified their identity by other means than a password.
   * @returns the tokens for the browser to keep
   */
  async rememberBrowser(account: Account, tokens: readonly string[]): Promise<string[]> {
    const kept = this.#app.knownBrowsers.remember(account, tokens, await this.#app.knownBrowsers.of(account))
    await this.#app.em.flush()
    return kept
  }

  /** @returns the tokens for the browser to keep, so that it is known next time */
  async record(
    account: Account,
    { browserTokens, browser, by, target, reason = null }: CompletedSignIn,
  ): Promise<string[]> {
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    const before = await this.#app.knownBrowsers.of(account)
    const recordSignIn = async () => {
      const kept = this.#app.knownBrowsers.remember(account, browserTokens, before)
      await this.#app.audit.write('sign-in.succeeded', { by: actor, subject: account.id, target, reason })
      return kept
    }
    if (browser || !this.#worthAnEmail(before)) return recordSignIn()
    return this.#app.atomically(async () => {
      const kept = await recordSignIn()
      await this.#app.emails.send('new-device', account, { by })
      return kept
    })
  }

  /** The first sign-in of an account sends no email. */
  #worthAnEmail(browsers: readonly KnownBrowser[]): boolean {
    const recent = this.#app.clock.now().getTime() - HOUR_MS
    return browsers.length > 0 && browsers.filter(each => each.firstSeenAt.getTime() > recent).length < EMAILS_AN_HOUR
  }
}
