import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/catalogue.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'

/** Whoever signs in again and again from nowhere known fills nobody's inbox. */
const HOUR_MS = 60 * 60 * 1000
const EMAILS_AN_HOUR = 5

interface Arrival {
  /** What the browser holds, and which device that makes it. */
  tokens: readonly string[]
  device: KnownBrowser | null
  by: Actor
  target: string | null
  /** How they came, where that is worth a word: `email`, `upstream:google`. */
  how?: Reason<'sign-in.succeeded'> | null
}

/** What a successful sign-in leaves behind: a line of history, a browser that is known, an email if it was not. */
export class CompletedSignIns {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'knownBrowsers' | 'emails'>) {
    this.#app = app
  }

  /** Somebody who has proven who they are by other means than a password: their browser is known from now on. */
  async acquaint(account: Account, tokens: readonly string[]): Promise<string[]> {
    const kept = this.#app.knownBrowsers.remember(account, tokens, await this.#app.knownBrowsers.of(account))
    await this.#app.em.flush()
    return kept
  }

  /** @returns the tokens that the browser is to keep, so that it is known next time */
  async welcome(account: Account, { tokens, device, by, target, how = null }: Arrival): Promise<string[]> {
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    const before = await this.#app.knownBrowsers.of(account)
    const settle = async () => {
      const kept = this.#app.knownBrowsers.remember(account, tokens, before)
      await this.#app.audit.write('sign-in.succeeded', { by: actor, subject: account.id, target, reason: how })
      return kept
    }
    if (device || !this.#worthAnEmail(before)) return settle()
    return this.#app.atomically(async () => {
      const kept = await settle()
      await this.#app.emails.send('new-device', account, { by })
      return kept
    })
  }

  /** The very first sign-in is no news to anybody. */
  #worthAnEmail(devices: readonly KnownBrowser[]): boolean {
    const recent = this.#app.clock.now().getTime() - HOUR_MS
    return devices.length > 0 && devices.filter(each => each.firstSeenAt.getTime() > recent).length < EMAILS_AN_HOUR
  }
}
