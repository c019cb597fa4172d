import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** A passkey is not offered in the first day, so that a first sign-in is not interrupted. */
const FIRST_MS = DAY_MS

/** After declining, a person is not asked again for 90 days. */
const AGAIN_MS = 90 * DAY_MS

/** Decides when a person who signs in with a password is offered a passkey. */
export class PasskeyOffer {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'config' | 'webauthn'>) {
    this.#app = app
  }

  /** For a new account, stages the time of the first offer in the unit of work. */
  due(account: Account): boolean {
    if (!this.#app.config.passkeyOffer || !this.#app.webauthn.usable) return false
    account.passkeyOfferAt ??= new Date(this.#app.clock.now().getTime() + FIRST_MS)
    return account.passkeyOfferAt <= this.#app.clock.now()
  }

  async decline(account: Account): Promise<void> {
    account.passkeyOfferAt = new Date(this.#app.clock.now().getTime() + AGAIN_MS)
    await this.#app.em.flush()
  }
}
