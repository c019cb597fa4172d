import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/catalogue.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'
import { keyKind, PASSED, type Passed } from './assurance.ts'

/** The person who attempts it, and their known browser. */
export interface Trying {
  by: Actor
  device: KnownBrowser | null
  target?: string | null
}

/**
 * Verifies a second factor. Attempts are counted by account or known browser, across all sign-ins, browsers and IP
 * addresses, so starting again does not reset the count.
 */
export class SecondFactorVerification {
  readonly #app

  constructor(app: Needs<'totps' | 'recoveryCodes' | 'passkeyAuthentication' | 'limits' | 'audit' | 'log'>) {
    this.#app = app
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async code(account: Account, code: string, trying: Trying): Promise<Passed> {
    return this.#counted(account, 'wrong-code', trying, async () =>
      (await this.#app.totps.verify(account, code)) ? PASSED.totp : null,
    )
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async recoveryCode(account: Account, code: string, trying: Trying): Promise<Passed> {
    return this.#counted(account, 'wrong-recovery-code', trying, async () => {
      const left = await this.#app.recoveryCodes.spend(account, code, trying)
      return left === null ? null : PASSED.recoveryCode
    })
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async passkey(
    account: Account,
    { ceremony, response }: { ceremony: string; response: string },
    trying: Trying,
  ): Promise<Passed> {
    return this.#counted(account, 'wrong-passkey', trying, async () => {
      const { passkey, userVerified } = await this.#app.passkeyAuthentication.verify(
        { ceremony, response, account },
        trying,
      )
      return userVerified ? PASSED.passkey(keyKind(passkey)) : PASSED.securityKey(keyKind(passkey))
    })
  }

  async #counted(
    account: Account,
    reason: Reason<'second-factor.refused'>,
    { by, device, target = null }: Trying,
    attempt: () => Promise<Passed | null>,
  ): Promise<Passed> {
    const { secondFactorByAccount, secondFactorByDevice, secondPasskeyByAccount, secondPasskeyByDevice } =
      this.#app.limits
    const passkey = reason === 'wrong-passkey'
    const [limit, key] = device
      ? [passkey ? secondPasskeyByDevice : secondFactorByDevice, device.id]
      : [passkey ? secondPasskeyByAccount : secondFactorByAccount, account.id]
    await limit.take(key)
    const passed = await attempt().catch(error => {
      if (error instanceof WrongCredentials) return null
      throw error
    })
    if (passed === null) {
      await this.#app.audit.write('second-factor.refused', { by, subject: account.id, target, reason })
      throw new WrongCredentials()
    }
    limit.giveBack(key).catch(error => this.#app.log.warn(error, 'could not return an attempt to its limit'))
    return passed
  }
}
