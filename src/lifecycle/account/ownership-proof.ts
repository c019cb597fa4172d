import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { OneTimeLink } from '../../links/one-time-link.ts'

/** What somebody who opens a link can show beside it. */
export interface Proof {
  /** What tells their browser apart. */
  browser?: string | null | undefined
  password?: string | null | undefined
}

/** `browser`: the one in which it was asked for, and nothing else. */
export type ProofAsked = 'none' | 'password' | 'browser'

/**
 * Whether whoever opens an email is who caused it. Somebody may register, or move to, an address that is not theirs and
 * wait for its owner to click: the owner's click must not prove the address for them. So a link that proves an address
 * works in the browser in which it was asked for; anywhere else it also takes the account's password.
 */
export class OwnershipProof {
  readonly #app

  constructor(app: Needs<'passwords' | 'throttledVerification'>) {
    this.#app = app
  }

  /** What is still to be shown. */
  async asks(link: OneTimeLink, account: Account, { browser }: Proof): Promise<ProofAsked> {
    if (browser != null && link.browser != null && sameText(link.browser, digest(browser))) return 'none'
    return (await this.#app.passwords.changedAt(account)) === null ? 'browser' : 'password'
  }

  /** @throws WrongCredentials, TooManyAttempts, Busy; Forbidden where there is no password to ask for */
  async check(link: OneTimeLink, account: Account, proof: Proof, { by }: { by: Actor }): Promise<void> {
    const asked = await this.asks(link, account, proof)
    if (asked === 'none') return
    if (asked === 'browser')
      throw new Forbidden('this link works in the browser in which it was asked for', 'other_browser')
    await this.#app.throttledVerification.reauthenticate(account, { password: proof.password ?? '' }, { by })
  }
}
