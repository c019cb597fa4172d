import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { AccountLink } from '../../links/one-time-link.ts'

type ProvenPurpose = 'verify-email' | 'change-email' | 'reset-factors'

/** What a person can present in addition to the link. */
export interface Proof {
  /** Identifies their browser. */
  browser?: string | null | undefined
  password?: string | null | undefined
}

/** What the link needs in addition. `browser`: it works only in the browser that requested it. */
export type ProofAsked = 'none' | 'password' | 'browser'

/** A link that can be spent, and what it still needs. */
export interface Opened {
  account: Account
  /** The email address that the link is bound to. */
  address: string
  proof: ProofAsked
}

/**
 * Checks that the person who opens an email is the one who requested it. An attacker may register with, or change to,
 * another person's address and wait for its owner to click: that click must not verify the address for the attacker. So a
 * link that verifies an address works in the browser that requested it; anywhere else it also needs the account's password.
 */
export class OwnershipProof {
  readonly #app

  constructor(app: Needs<'links' | 'passwords' | 'throttledVerification'>) {
    this.#app = app
  }

  /** The link and what it still needs, or null if it can no longer be spent. Changes nothing. */
  async look(purpose: ProvenPurpose, token: string, proof: Proof): Promise<Opened | null> {
    const link = await this.#app.links.look(purpose, token)
    return link && { account: link.account, address: link.address, proof: await this.#needed(link, proof) }
  }

  /**
   * Opens the link if the proof is enough; the caller redeems it.
   * @throws Forbidden, `other_browser` if there is no password to ask for; WrongCredentials, TooManyAttempts, Busy
   */
  async open(purpose: ProvenPurpose, token: string, { by, ...proof }: { by: Actor } & Proof): Promise<AccountLink> {
    const link = await this.#app.links.open(purpose, token)
    const needed = await this.#needed(link, proof)
    if (needed === 'browser')
      throw new Forbidden('this link only works in the browser that requested it', 'other_browser')
    if (needed === 'password')
      await this.#app.throttledVerification.reauthenticate(link.account, { password: proof.password ?? '' }, { by })
    return link
  }

  async #needed({ account, browser: requestedIn }: AccountLink, { browser }: Proof): Promise<ProofAsked> {
    if (browser != null && requestedIn != null && sameText(requestedIn, digest(browser))) return 'none'
    return (await this.#app.passwords.changedAt(account)) === null ? 'browser' : 'password'
  }
}
