import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Actor } from '../base/actor.ts'
import { Conflict } from '../base/refusals.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { WaysIn } from './ways-in.ts'

/** Living on passkeys and connected providers alone, and the way back to a password. */
export class Passwordless {
  readonly #em: SqlEntityManager
  readonly #passwords: Passwords
  readonly #waysIn: WaysIn
  readonly #links: OneTimeLinks
  readonly #letters: FactorLetters

  constructor({
    em,
    passwords,
    waysIn,
    links,
    factorLetters,
  }: {
    em: SqlEntityManager
    passwords: Passwords
    waysIn: WaysIn
    links: OneTimeLinks
    factorLetters: FactorLetters
  }) {
    this.#em = em
    this.#passwords = passwords
    this.#waysIn = waysIn
    this.#links = links
    this.#letters = factorLetters
  }

  /**
   * Every passkey has verified its person, and so is enough by itself; so is a connection. Does nothing where there is no
   * password. @throws Forbidden `last_way_in` where there is neither
   */
  async begin(account: Account, { by }: { by: Actor }): Promise<void> {
    await oneAtATime(this.#em, account, { by }, async () => {
      if (!(await this.#passwords.has(account))) return
      await this.#passwords.remove(account, { by })
      await this.#em.flush()
      await this.#waysIn.keepOne(account, 'the password')
      await this.#links.revoke(account, ['recovery', 'change-address'])
      await this.#letters.changed(account, 'password-removed', { by })
    })
  }

  /** A password for an account that has none. @throws Conflict where there is one, InvalidInput, Busy */
  async end(account: Account, password: string, { by }: { by: Actor }): Promise<void> {
    const digest = await this.#passwords.hash(password, account.email)
    await oneAtATime(this.#em, account, { by }, async () => {
      if (await this.#passwords.has(account)) throw new Conflict('there is a password, which can be changed')
      await this.#passwords.keep(account, digest, { by })
      await this.#letters.changed(account, 'password-set', { by })
    })
  }
}
