import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { mac, type Sealing } from '../base/sealing.ts'
import type { FactorLetters } from './factor-letters.ts'
import { RecoveryCode } from './recovery-code.ts'
import { inGroups, newCode, normalizeCode } from './typed-codes.ts'

const CODES = 10

/** Sixty bits. */
const LENGTH = 12

/** With so many left, or fewer, a letter says that it is time for new ones. */
export const FEW = 3

/**
 * Recovery codes: ten, shown once, each spent once. They stand in for a second factor that is lost or out of reach.
 */
export class RecoveryCodes {
  readonly #em: SqlEntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #sealing: Sealing
  readonly #letters: FactorLetters

  constructor({
    em,
    clock,
    trail,
    sealing,
    letters,
  }: {
    em: SqlEntityManager
    clock: Clock
    trail: Trail
    sealing: Sealing
    letters: FactorLetters
  }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#sealing = sealing
    this.#letters = letters
  }

  /** New ones, in the place of all that there were. @returns `7QJK-2M9F-XW4T`, ten of them */
  async make(account: Account, { by }: { by: Actor }): Promise<string[]> {
    const codes = Array.from({ length: CODES }, () => newCode(LENGTH))
    const key = this.#keys[0]!
    await this.#em.transactional(async () => {
      // One after the other, or both sets would live.
      await this.#em.execute('select from account where id = ? for no key update', [account.id])
      await this.#em.nativeDelete(RecoveryCode, { account })
      const madeAt = this.#clock.now()
      for (const code of codes) this.#em.create(RecoveryCode, { digest: mac(key, account.id, code), account, madeAt })
      this.#trail.record('factor.recovery-codes-made', { by, subject: account.id })
    })
    return codes.map(inGroups)
  }

  /**
   * However it is typed: small letters, dashes, spaces, O for 0. A letter tells that one was used. Of the same code at
   * once, in several processes, one is right.
   * @returns how many are left; null where it is none of the account's, or was spent
   */
  async spend(account: Account, code: string, { by }: { by: Actor }): Promise<number | null> {
    const typed = normalizeCode(code)
    const digests = this.#keys.map(key => mac(key, account.id, typed))
    return this.#em.transactional(async () => {
      const unspent = { account, digest: { $in: digests }, usedAt: null }
      if ((await this.#em.nativeUpdate(RecoveryCode, unspent, { usedAt: this.#clock.now() })) === 0) return null
      const left = await this.left(account)
      this.#trail.record('factor.recovery-code-spent', { by, subject: account.id })
      await this.#letters.changed(account, left > FEW ? 'recovery-code-spent' : 'recovery-codes-low', { by, left })
      return left
    })
  }

  async remove(account: Account): Promise<void> {
    await this.#em.nativeDelete(RecoveryCode, { account })
  }

  left(account: Account): Promise<number> {
    return this.#em.count(RecoveryCode, { account, usedAt: null })
  }

  /** Newest first; the first seals, the others still open. */
  get #keys(): Buffer[] {
    return this.#sealing.keysFor('recovery codes')
  }
}
