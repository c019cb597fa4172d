import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Clock } from '../base/clock.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Nobody is stopped on their way in right after they came here first. */
const FIRST_MS = DAY_MS

/** Who says no is left alone for a season. */
const AGAIN_MS = 90 * DAY_MS

/** When somebody who signs in by a password may be offered a passkey instead: now and then, and never twice in a row. */
export class PasskeyOffer {
  readonly #em: EntityManager
  readonly #clock: Clock
  readonly #on: boolean

  constructor({ em, clock, on }: { em: EntityManager; clock: Clock; on: boolean }) {
    this.#em = em
    this.#clock = clock
    this.#on = on
  }

  /** Staged in the unit of work: the time of the first offer, for whoever is here for the first time. */
  due(account: Account): boolean {
    if (!this.#on) return false
    account.passkeyOfferAt ??= new Date(this.#clock.now().getTime() + FIRST_MS)
    return account.passkeyOfferAt <= this.#clock.now()
  }

  async decline(account: Account): Promise<void> {
    account.passkeyOfferAt = new Date(this.#clock.now().getTime() + AGAIN_MS)
    await this.#em.flush()
  }
}
