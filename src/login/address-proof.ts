import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Consents } from '../tokens/consents.ts'

/**
 * Whoever signs in by a letter has the address, and so proves it. Until then anybody could have made the account, and
 * waited for its owner to come: of what they set up nothing may stay that would let them in beside the owner.
 */
export class AddressProof {
  readonly #em: SqlEntityManager
  readonly #clock: Clock
  readonly #passwords: Passwords
  readonly #factors: Factors
  readonly #letters: FactorLetters
  readonly #links: OneTimeLinks
  readonly #identityLinks: IdentityLinks
  readonly #consents: Consents
  readonly #farewells: Farewells
  readonly #artifacts: Artifacts
  readonly #trail: Trail

  constructor({
    em,
    clock,
    passwords,
    factors,
    factorLetters,
    links,
    identityLinks,
    consents,
    farewells,
    artifacts,
    trail,
  }: {
    em: SqlEntityManager
    clock: Clock
    passwords: Passwords
    factors: Factors
    factorLetters: FactorLetters
    links: OneTimeLinks
    identityLinks: IdentityLinks
    consents: Consents
    farewells: Farewells
    artifacts: Artifacts
    trail: Trail
  }) {
    this.#em = em
    this.#clock = clock
    this.#passwords = passwords
    this.#factors = factors
    this.#letters = factorLetters
    this.#links = links
    this.#identityLinks = identityLinks
    this.#consents = consents
    this.#farewells = farewells
    this.#artifacts = artifacts
    this.#trail = trail
  }

  /**
   * Does nothing where it was proven before, or where there is a second factor: the letter alone neither takes that away
   * nor vouches for whoever added it.
   */
  async give(account: Account, { by }: { by: Actor }): Promise<void> {
    if (!(await this.#lacking(account))) return
    const farewells = await this.#farewells.everywhere(account.id)
    const given = await oneAtATime(this.#em, account, { by }, async () => {
      if (!(await this.#lacking(account))) return false
      if (await this.#passwords.has(account)) {
        await this.#passwords.forget(account, { by })
        await this.#letters.changed(account, 'password-forgotten', { by })
      }
      await this.#identityLinks.clear(account, { by })
      await this.#consents.forget(account)
      await this.#links.revoke(account, ['recovery', 'verify-address', 'change-address', 'cancel-deletion'])
      account.signOutEverywhere(this.#clock.now())
      account.proveAddress()
      this.#trail.record('account.email-verified', { by, subject: account.id })
      await this.#farewells.say(farewells)
      return true
    })
    if (given) await this.#artifacts.dropAccount(account.id)
  }

  async #lacking(account: Account): Promise<boolean> {
    return !account.emailVerified && !(await this.#factors.of(account)).any
  }
}
