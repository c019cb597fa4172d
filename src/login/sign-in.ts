import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { network } from '../base/network/networks.ts'
import type { Needs } from '../base/nouns.ts'
import { Refusal, WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from '../credentials/known-browsers/known-browser.ts'
import { keyKind, PASSED, type Passed } from './assurance.ts'

export interface Identified {
  account: Account
  passed: Passed
  /** The known device with which they came; left out where nobody has looked yet. */
  device?: KnownBrowser | null
  /** Epoch milliseconds at which they began to show who they are; left out: just now. */
  begun?: number
}

/**
 * It was the right password, or a passkey, of an account whose address is not verified, though that is required by now.
 * Of a registration that waits for its address nobody is told this: see credentials/throttled-verification.ts.
 */
export class AddressUnproven extends Refusal {
  readonly code = 'address_unproven'
  readonly account: Account
  readonly passed: Passed
  constructor({ account, passed }: Identified) {
    super('the e-mail address has to be confirmed first')
    this.account = account
    this.passed = passed
  }
}

/**
 * The first factor: who is it, and is it really them. Nobody is signed in by it yet (next-step.ts). Whether the account
 * exists, has a password, or is suspended, the answer, the work and the time are alike.
 */
export class SignIn {
  readonly #app

  constructor(
    app: Needs<
      'loginNames' | 'knownBrowsers' | 'throttledVerification' | 'passkeyAuthentication' | 'limits' | 'audit' | 'config'
    >,
  ) {
    this.#app = app
  }

  /**
   * @param credentials `email`: or the username, where that is allowed; `devices`: what the browser has kept from
   * sign-ins before
   * @throws WrongCredentials, AddressUnproven, TooManyAttempts, Busy
   */
  async withPassword(
    { email, password, devices: tokens = [] }: { email: string; password: string; devices?: readonly string[] },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const account = await this.#app.loginNames.find(email)
    // Tries with the username and tries with the address of one account are counted together.
    const address = account?.email ?? this.#app.loginNames.spelling(email)
    const device = await this.#app.knownBrowsers.find(account, tokens)
    const refused = await this.#app.throttledVerification.password(account, { address, password, device }, { by })
    if (!account || refused) {
      const reason = refused ?? 'wrong-password'
      await this.#app.audit.write('sign-in.refused', {
        by,
        subject: account?.id ?? null,
        target,
        reason,
      })
      throw new WrongCredentials()
    }
    return this.#proven({ account, device, passed: PASSED.password }, { by, target })
  }

  /**
   * A passkey that verified its user says who it is, and is two factors at once (NIST SP 800-63B section 5.1.9).
   * @throws WrongCredentials, InvalidInput `passkey: 'expired'`, AddressUnproven, TooManyAttempts
   */
  async withPasskey(
    answer: { ceremony: string; response: string },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const counted = network(by.ip)
    await this.#app.limits.passkeyByAddress.take(counted)
    const { account, passkey } = await this.#app.passkeyAuthentication.verify(answer, { by })
    await this.#app.limits.passkeyByAddress.giveBack(counted)
    return this.#proven({ account, passed: PASSED.passkey(keyKind(passkey)) }, { by, target })
  }

  async #proven(identified: Identified, { by, target = null }: Circumstances): Promise<Identified> {
    const { account } = identified
    if (!(this.#app.config.emailVerification === 'required') || account.emailVerified) return identified
    const reason = 'address-unproven'
    await this.#app.audit.write('sign-in.refused', { by, subject: account.id, target, reason })
    throw new AddressUnproven(identified)
  }
}

/** Who comes, and to which application. */
export interface Circumstances {
  by: Actor
  target?: string | null
}
