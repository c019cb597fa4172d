import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { inGroups, newCode, normalizeCode } from '../../base/text/typed-codes.ts'
import { RecoveryCode } from './recovery-code.ts'

const CODES = 10

/** 60 bits. */
const LENGTH = 12

/** If this many are left, or fewer, people are asked to make new ones. */
export const FEW_RECOVERY_CODES = 3

/** Recovery codes: ten, shown once, and used once each. They replace a second factor that is lost or out of reach. */
export class RecoveryCodes {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'emails'>) {
    this.#app = app
  }

  /** Replaces all codes of the account. @returns ten codes such as `7QJK-2M9F-XW4T` */
  async make(account: Account, { by }: { by: Actor }): Promise<string[]> {
    const codes = Array.from({ length: CODES }, () => newCode(LENGTH))
    // One at a time, or the codes of two requests would both remain valid.
    await this.#app.atomically.on(account, { by }, async () => {
      await this.#app.em.nativeDelete(RecoveryCode, { account })
      const madeAt = this.#app.clock.now()
      for (const code of codes)
        this.#app.em.create(RecoveryCode, { digest: this.#digests(account, code)[0]!, account, madeAt })
      this.#app.audit.record('factor.recovery-codes-generated', { by, subject: account.id })
    })
    return codes.map(inGroups)
  }

  /**
   * Accepts lower case, dashes, spaces and O for 0. An email reports the use. If a code is sent twice at once, even to
   * different processes, only one succeeds.
   * @returns how many are left; null if the code is not the account's, or was used
   */
  async spend(account: Account, code: string, { by }: { by: Actor }): Promise<number | null> {
    const digests = this.#digests(account, normalizeCode(code))
    return this.#app.atomically.on(account, { by }, async () => {
      const unspent = { account, digest: { $in: digests }, usedAt: null }
      if ((await this.#app.em.nativeUpdate(RecoveryCode, unspent, { usedAt: this.#app.clock.now() })) === 0) return null
      const left = await this.left(account)
      this.#app.audit.record('factor.recovery-code-used', { by, subject: account.id })
      const change = left > FEW_RECOVERY_CODES ? 'recovery-code-spent' : 'recovery-codes-low'
      await this.#app.emails.send('factor-changed', account, { by, change, left })
      return left
    })
  }

  async remove(account: Account): Promise<void> {
    await this.#app.em.nativeDelete(RecoveryCode, { account })
  }

  left(account: Account): Promise<number> {
    return this.#app.em.count(RecoveryCode, { account, usedAt: null })
  }

  #digests({ id }: Account, code: string): string[] {
    return this.#app.sealing.digests('recovery codes', id, code)
  }
}
