import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/details.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { orNull, WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'
import type { ChallengeResponse } from '../credentials/passkeys/webauthn-challenges.ts'
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
  async code(account: Account, code: string, context: VerificationContext): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-code', context, async () =>
      (await this.#app.totps.verify(account, code)) ? METHODS.totp : null,
    )
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async recoveryCode(account: Account, code: string, context: VerificationContext): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-recovery-code', context, async () =>
      (await this.#app.recoveryCodes.spend(account, code, context)) === null ? null : METHODS.recoveryCode,
    )
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async passkey(
    account: Account,
    response: ChallengeResponse,
    context: VerificationContext,
  ): Promise<AuthenticationMethod> {
    return this.#counted(account, 'wrong-passkey', context, async () => {
      const verified = await this.#app.passkeyAuthentication.verify({ ...response, account }, context)
      const { passkey, userVerified } = verified
      return userVerified ? METHODS.passkey(keyAmr(passkey)) : METHODS.securityKey(keyAmr(passkey))
    })
  }

  async #counted(
    account: Account,
    reason: Reason<'second-factor.refused'>,
    { by, browser, target = null }: VerificationContext,
    attempt: () => Promise<AuthenticationMethod | null>,
  ): Promise<AuthenticationMethod> {
    const kind = reason === 'wrong-passkey' ? 'secondPasskey' : 'secondFactor'
    const limit = this.#app.limits[browser ? (`${kind}ByBrowser` as const) : (`${kind}ByAccount` as const)]
    const key = (browser ?? account).id
    await limit.take(key)
    const method = await orNull(WrongCredentials, attempt())
    if (method === null) {
      await this.#app.audit.write('second-factor.refused', { by, subject: account.id, target, reason })
      throw new WrongCredentials()
    }
    limit.refundLater(key, this.#app.log)
    return method
  }
}
