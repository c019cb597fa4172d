import type { Account } from '../accounts/account.ts'
import { accountEmail } from '../accounts/account-email.ts'
import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'

/** What happened, as there are words for it in letters: `mail.factor-changed.body.totp-added`. */
export type FactorChange =
  | 'totp-added'
  | 'totp-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'passkey-cloned'
  | 'password-removed'
  | 'password-set'
  | 'password-forgotten'
  | 'recovery-codes-made'
  | 'recovery-code-spent'
  | 'recovery-codes-low'
  | 'reset'
  | 'reset-by-operator'
  | 'identity-linked'
  | 'identity-unlinked'
  | 'account-reclaimed'

/** Seconds in which whoever got the letter can still say that it was not them. */
const PANIC_TTL = 7 * 24 * 60 * 60

/**
 * Tells people of changes to what they prove themselves with, written into the transaction of the change, with a link
 * for whom it was not.
 */
export class FactorLetters {
  readonly #app

  constructor(app: Needs<'links' | 'outbox' | 'clock' | 'config'>) {
    this.#app = app
  }

  /**
   * @param left how many recovery codes there still are, where it is about those
   * @param provider what people know the upstream provider as, where it is about a connection to one
   */
  async changed(
    account: Account,
    change: FactorChange,
    { by: { ip, userAgent }, left, provider }: { by: Actor; left?: number; provider?: string },
  ): Promise<void> {
    const token = await this.#app.links.issue('panic', { account, ttl: PANIC_TTL })
    const data = {
      change,
      ...(left !== undefined && { left: String(left) }),
      ...(provider !== undefined && { provider }),
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
      when: this.#app.clock.now().toISOString(),
      link: `${this.#app.config.issuer}/panic/${token}`,
    }
    await this.#app.outbox.post(accountEmail('factor-changed', account, data))
  }
}
