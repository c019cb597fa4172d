import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Nobody is stopped on their way in right after they came here first. */
const FIRST_MS = DAY_MS

/** Who says no is left alone for a season. */
const AGAIN_MS = 90 * DAY_MS

/** When somebody who signs in by a password may be offered a passkey instead: now and then, and never twice in a row. */
export class PasskeyOffer {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'config' | 'passkeys'>) {
    this.#app = app
  }

  /** Staged in the unit of work: the time of the first offer, for whoever is here for the first time. */
  due(account: Account): boolean {
    if (!this.#app.config.passkeyOffer || !this.#app.passkeys.usable) return false
    account.passkeyOfferAt ??= new Date(this.#app.clock.now().getTime() + FIRST_MS)
    return account.passkeyOfferAt <= this.#app.clock.now()
  }

  async decline(account: Account): Promise<void> {
    account.passkeyOfferAt = new Date(this.#app.clock.now().getTime() + AGAIN_MS)
    await this.#app.em.flush()
  }
}
