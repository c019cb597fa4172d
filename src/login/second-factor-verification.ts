import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/catalogue.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'
import { type AuthenticationMethod, keyAmr, METHODS } from './assurance.ts'

/** The person who attempts it, and their known browser. */
export interface VerificationContext {
  by: Actor
  browser: KnownBrowser | null
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
  async code(account: Account, code: string, trying: VerificationContext): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-code', trying, async () =>
      (await this.#app.totps.verify(account, code)) ? METHODS.totp : null,
    )
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async recoveryCode(account: Account, code: string, trying: VerificationContext): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-recovery-code', trying, async () => {
      const left = await this.#app.recoveryCodes.spend(account, code, trying)
      return left === null ? null : METHODS.recoveryCode
    })
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async passkey(
    account: Account,
    { challengeToken, response }: { challengeToken: string; response: string },
    trying: VerificationContext,
  ): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-passkey', trying, async () => {
      const { passkey, userVerified } = await this.#app.passkeyAuthentication.verify(
        { challengeToken, response, account },
        trying,
      )
      return userVerified ? METHODS.passkey(keyAmr(passkey)) : METHODS.securityKey(keyAmr(passkey))
    })
  }

  async #counted(
    account: Account,
    reason: Reason<'second-factor.refused'>,
    { by, browser, target = null }: VerificationContext,
    attempt: () => Promise<AuthenticationMethod | null>,
  ): Promise<AuthenticationMethod> {
    const { secondFactorByAccount, secondFactorByBrowser, secondPasskeyByAccount, secondPasskeyByBrowser } =
      this.#app.limits
    const passkey = reason === 'wrong-passkey'
    const [limit, key] = browser
      ? [passkey ? secondPasskeyByBrowser : secondFactorByBrowser, browser.id]
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
