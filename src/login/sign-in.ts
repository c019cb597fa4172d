import type { Account } from '../accounts/account.ts'
import type { LoginNames } from '../accounts/login-name.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Refusal, WrongCredentials } from '../base/refusals.ts'
import type { Attempts } from '../credentials/attempts.ts'
import type { Device } from '../credentials/device.ts'
import type { Devices } from '../credentials/devices.ts'
import type { PasskeyProofs } from '../credentials/passkey-proofs.ts'
import { type Limits, network } from '../limits/limits.ts'
import { keyKind, PASSED, type Passed } from './assurance.ts'

export interface Identified {
  account: Account
  passed: Passed
  /** The known device with which they came; left out where nobody has looked yet. */
  device?: Device | null
  /** Epoch milliseconds at which they began to show who they are; left out: just now. */
  begun?: number
}

/**
 * It was the right password, or a passkey, of an account whose address is not verified, though that is required by now.
 * Of a registration that waits for its address nobody is told this: see credentials/attempts.ts.
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
  readonly #loginNames: LoginNames
  readonly #devices: Devices
  readonly #attempts: Attempts
  readonly #passkeyProofs: PasskeyProofs
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #proofRequired: boolean

  constructor({
    loginNames,
    devices,
    attempts,
    passkeyProofs,
    limits,
    trail,
    proofRequired,
  }: {
    loginNames: LoginNames
    devices: Devices
    attempts: Attempts
    passkeyProofs: PasskeyProofs
    limits: Limits
    trail: Trail
    /** Whether nobody signs in before they have proven their address. */
    proofRequired: boolean
  }) {
    this.#loginNames = loginNames
    this.#devices = devices
    this.#attempts = attempts
    this.#passkeyProofs = passkeyProofs
    this.#limits = limits
    this.#trail = trail
    this.#proofRequired = proofRequired
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
    const account = await this.#loginNames.find(email)
    // Tries with the username and tries with the address of one account are counted together.
    const address = account?.email ?? this.#loginNames.spelling(email)
    const device = await this.#devices.find(account, tokens)
    const reason = await this.#attempts.password(account, { address, password, device }, { by })
    if (!account || reason) {
      await this.#trail.write('sign-in.refused', { by, subject: account?.id ?? null, target, success: false, reason })
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
    await this.#limits.passkeyByAddress.take(counted)
    const { account, passkey } = await this.#passkeyProofs.verify(answer, { by })
    await this.#limits.passkeyByAddress.giveBack(counted)
    return this.#proven({ account, passed: PASSED.passkey(keyKind(passkey)) }, { by, target })
  }

  async #proven(identified: Identified, { by, target = null }: Circumstances): Promise<Identified> {
    const { account } = identified
    if (!this.#proofRequired || account.emailVerified) return identified
    const reason = 'address-unproven'
    await this.#trail.write('sign-in.refused', { by, subject: account.id, target, success: false, reason })
    throw new AddressUnproven(identified)
  }
}

/** Who comes, and to which application. */
export interface Circumstances {
  by: Actor
  target?: string | null
}
