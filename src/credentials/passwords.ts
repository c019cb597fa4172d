import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { newSecret } from '../base/secrets.ts'
import { Hashing, type HashingCost } from './hashing.ts'
import { OneTimeLink } from './one-time-link.ts'
import { Password } from './password.ts'
import { checkPassword, normalizePassword } from './password-rules.ts'

/** No account has it: looking for nobody's password takes as long as looking for somebody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Passwords: setting them by the rules, checking them in the same time whether or not there is one.
 */
export class Passwords {
  readonly #em: EntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #hashing: Hashing
  /** Nobody's digest, made with today's parameters: checking against it takes as long as checking a real one. */
  readonly #nobody: Promise<string>

  constructor({ em, clock, trail, cost }: { em: EntityManager; clock: Clock; trail: Trail; cost: HashingCost }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#hashing = new Hashing(cost)
    this.#nobody = this.#hashing.hash(newSecret())
  }

  /** Waits for what the first check would otherwise wait for. */
  async ready(): Promise<void> {
    await this.#nobody
  }

  /**
   * By the rules, and ready for `keep`: what takes long is done before a transaction begins.
   * @throws InvalidInput, Busy
   */
  hash(text: string, email: string): Promise<string> {
    checkPassword(text, email)
    return this.#hashing.hash(normalizePassword(text))
  }

  /** Stages the password in the unit of work. Links that were made under the old one are dead. */
  async keep(account: Account, digest: string, { by }: { by: Actor }): Promise<void> {
    const password = (await this.#em.findOne(Password, { account })) ?? this.#fresh(account)
    password.digest = digest
    password.changedAt = this.#clock.now()
    await this.#em.nativeUpdate(
      OneTimeLink,
      { account, purpose: { $in: ['recovery', 'change-address', 'reset-factors', 'sign-in'] }, usedAt: null },
      { usedAt: this.#clock.now() },
    )
    this.#trail.record('password.set', { by, subject: account.id })
  }

  /** Both of them. @throws InvalidInput, Busy */
  async set(account: Account, text: string, { by }: { by: Actor }): Promise<void> {
    await this.keep(account, await this.hash(text, account.email), { by })
  }

  /** Nobody can sign in with it any more; staged in the unit of work. */
  async remove(account: Account, { by }: { by: Actor }): Promise<void> {
    const password = await this.#em.findOne(Password, { account })
    if (password) this.#em.remove(password)
    this.#trail.record('password.removed', { by, subject: account.id })
  }

  /** Whether there is one, and since when. */
  async since(account: Account | string): Promise<Date | null> {
    const id = typeof account === 'string' ? account : account.id
    return (await this.#em.findOne(Password, { account: id }))?.changedAt ?? null
  }

  /** Asked of the database, whatever this unit of work has read before. */
  async has(account: Account): Promise<boolean> {
    return (await this.#em.count(Password, { account: account.id })) > 0
  }

  /** Takes the same time for nobody. An outdated digest is renewed in the unit of work. @throws Busy */
  async verify(account: Account | null, attempt: string): Promise<boolean> {
    const password = await this.#em.findOne(Password, { account: account?.id ?? NOBODY })
    const text = normalizePassword(attempt)
    const right = await this.#hashing.verify(password?.digest ?? (await this.#nobody), text)
    if (!account || !password || !right) return false
    if (this.#hashing.outdated(password.digest)) password.digest = await this.#hashing.hash(text)
    return true
  }

  #fresh(account: Account): Password {
    const password = new Password()
    password.account = account
    this.#em.persist(password)
    return password
  }
}
