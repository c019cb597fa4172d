import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { Conflict, Forbidden } from '../base/refusals.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** Living on passkeys alone, and the way back to a password. */
export class Passwordless {
  readonly #em: SqlEntityManager
  readonly #passwords: Passwords
  readonly #factors: Factors
  readonly #links: OneTimeLinks
  readonly #letters: FactorLetters

  constructor({
    em,
    passwords,
    factors,
    links,
    factorLetters,
  }: {
    em: SqlEntityManager
    passwords: Passwords
    factors: Factors
    links: OneTimeLinks
    factorLetters: FactorLetters
  }) {
    this.#em = em
    this.#passwords = passwords
    this.#factors = factors
    this.#links = links
    this.#letters = factorLetters
  }

  /**
   * Every passkey has verified its person, and so is enough by itself. Does nothing where there is no password.
   * @throws Forbidden `last_way_in` where there is no passkey
   */
  async begin(account: Account, { by }: { by: Actor }): Promise<void> {
    await oneAtATime(this.#em, account, async () => {
      if (!(await this.#passwords.has(account))) return
      if ((await this.#factors.of(account)).passkeys === 0)
        throw new Forbidden('without a passkey the password is the only way in', 'last_way_in')
      await this.#passwords.remove(account, { by })
      await this.#links.revoke(account, ['recovery', 'change-address'])
      await this.#letters.changed(account, 'password-removed', { by })
    })
  }

  /** A password for an account that has none. @throws Conflict where there is one, InvalidInput, Busy */
  async end(account: Account, password: string, { by }: { by: Actor }): Promise<void> {
    const digest = await this.#passwords.hash(password, account.email)
    await oneAtATime(this.#em, account, async () => {
      if (await this.#passwords.has(account)) throw new Conflict('there is a password, which can be changed')
      await this.#passwords.keep(account, digest, { by })
      await this.#letters.changed(account, 'password-set', { by })
    })
  }
}
