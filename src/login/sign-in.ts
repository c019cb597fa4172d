import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { network } from '../base/network/ip-ranges.ts'
import type { Needs } from '../base/nouns.ts'
import { Refusal, WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'
import type { ChallengeResponse } from '../credentials/passkeys/webauthn-challenges.ts'
import { type AuthenticationMethod, keyAmr, METHODS } from './assurance.ts'

export interface Identified {
  account: Account
  method: AuthenticationMethod
  /** The known browser; undefined if it was not looked up yet. */
  browser?: KnownBrowser | null
  /** When the person started to identify themselves, epoch milliseconds; now by default. */
  begun?: number
}

/**
 * The password or passkey is right, but the address of the account is not verified and has to be. It is never thrown
 * for a registration that awaits verification: see credentials/throttled-verification.ts.
 */
export class AddressUnverified extends Refusal {
  readonly code = 'address_unverified'
  readonly account: Account
  readonly method: AuthenticationMethod
  constructor({ account, method }: Identified) {
    super('verify your email address first')
    this.account = account
    this.method = method
  }
}

/**
 * Verifies the first factor, which alone does not complete a sign-in (next-step.ts). Whether the account exists, has a
 * password or is suspended, the response, the work and the time are the same.
 */
export class SignIn {
  readonly #app

  constructor(
    app: Needs<
      'accounts' | 'knownBrowsers' | 'throttledVerification' | 'passkeyAuthentication' | 'limits' | 'audit' | 'config'
    >,
  ) {
    this.#app = app
  }

  /**
   * @param credentials `email`: or the username, where that is allowed; `browserTokens`: those of known browsers
   * @throws WrongCredentials, AddressUnverified, TooManyAttempts, Busy
   */
  async withPassword(
    { email, password, browserTokens = [] }: { email: string; password: string; browserTokens?: readonly string[] },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const account = await this.#app.accounts.findToSignIn(email)
    // Attempts with the username and with the address of an account are counted together.
    const address = account?.email ?? this.#app.accounts.loginKey(email)
    const browser = await this.#app.knownBrowsers.find(account, browserTokens)
    const refused = await this.#app.throttledVerification.verifyPassword(
      account,
      { address, password, browser },
      { by },
    )
    if (!account || refused) {
      const reason = refused ?? 'wrong-password'
      await this.#app.audit.write('sign-in.refused', { by, subject: account?.id ?? null, target, reason })
      throw new WrongCredentials()
    }
    return this.#verified({ account, browser, method: METHODS.password }, { by, target })
  }

  /**
   * A passkey that verified its user identifies the person and counts as two factors (NIST SP 800-63B section 5.1.9).
   * @throws WrongCredentials, InvalidInput `passkey: 'expired'`, AddressUnverified, TooManyAttempts
   */
  async withPasskey(response: ChallengeResponse, { by, target = null }: Circumstances): Promise<Identified> {
    const counted = network(by.ip)
    await this.#app.limits.passkeyByIp.take(counted)
    const { account, passkey } = await this.#app.passkeyAuthentication.verify(response, { by })
    await this.#app.limits.passkeyByIp.refund(counted)
    return this.#verified({ account, method: METHODS.passkey(keyAmr(passkey)) }, { by, target })
  }

  async #verified(identified: Identified, { by, target = null }: Circumstances): Promise<Identified> {
    const { account } = identified
    if (this.#app.config.emailVerification !== 'required' || account.emailVerified) return identified
    const reason = 'address-unverified'
    await this.#app.audit.write('sign-in.refused', { by, subject: account.id, target, reason })
    throw new AddressUnverified(identified)
  }
}

/** The person, and the application that they sign in to. */
export interface Circumstances {
  by: Actor
  target?: string | null
}
