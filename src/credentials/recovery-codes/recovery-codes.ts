import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { mac } from '../../base/sealing.ts'
import { inGroups, newCode, normalizeCode } from '../../base/text/typed-codes.ts'
import { RecoveryCode } from './recovery-code.ts'

const CODES = 10

/** Sixty bits. */
const LENGTH = 12

/** With so many left, or fewer, an email says that it is time for new ones. */
export const FEW = 3

/**
 * Recovery codes: ten, shown once, each spent once. They stand in for a second factor that is lost or out of reach.
 */
export class RecoveryCodes {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'emails'>) {
    this.#app = app
  }

  /** New ones, in the place of all that there were. @returns `7QJK-2M9F-XW4T`, ten of them */
  async make(account: Account, { by }: { by: Actor }): Promise<string[]> {
    const codes = Array.from({ length: CODES }, () => newCode(LENGTH))
    const key = this.#keys[0]!
    // One after the other, or both sets would live.
    await this.#app.atomically.on(account, { by }, async () => {
      await this.#app.em.nativeDelete(RecoveryCode, { account })
      const madeAt = this.#app.clock.now()
      for (const code of codes)
        this.#app.em.create(RecoveryCode, { digest: mac(key, account.id, code), account, madeAt })
      this.#app.audit.record('factor.recovery-codes-generated', { by, subject: account.id })
    })
    return codes.map(inGroups)
  }

  /**
   * However it is typed: small letters, dashes, spaces, O for 0. An email tells that one was used. Of the same code at
   * once, in several processes, one is right.
   * @returns how many are left; null where it is none of the account's, or was spent
   */
  async spend(account: Account, code: string, { by }: { by: Actor }): Promise<number | null> {
    const typed = normalizeCode(code)
    const digests = this.#keys.map(key => mac(key, account.id, typed))
    return this.#app.atomically.on(account, { by }, async () => {
      const unspent = { account, digest: { $in: digests }, usedAt: null }
      if ((await this.#app.em.nativeUpdate(RecoveryCode, unspent, { usedAt: this.#app.clock.now() })) === 0) return null
      const left = await this.left(account)
      this.#app.audit.record('factor.recovery-code-used', { by, subject: account.id })
      await this.#app.emails.send('factor-changed', account, {
        by,
        change: left > FEW ? 'recovery-code-spent' : 'recovery-codes-low',
        left,
      })
      return left
    })
  }

  async remove(account: Account): Promise<void> {
    await this.#app.em.nativeDelete(RecoveryCode, { account })
  }

  left(account: Account): Promise<number> {
    return this.#app.em.count(RecoveryCode, { account, usedAt: null })
  }

  /** Newest first; the first seals, the others still open. */
  get #keys(): Buffer[] {
    return this.#app.sealing.keysFor('recovery codes')
  }
}
