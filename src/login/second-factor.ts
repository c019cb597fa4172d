import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Logger } from '../base/log.ts'
import { WrongCredentials } from '../base/refusals.ts'
import type { Device } from '../credentials/device.ts'
import type { PasskeyProofs } from '../credentials/passkey-proofs.ts'
import type { RecoveryCodes } from '../credentials/recovery-codes.ts'
import type { Totps } from '../credentials/totps.ts'
import type { Limits } from '../limits/limits.ts'
import { keyKind, PASSED, type Passed } from './assurance.ts'

/** Who tries, and on which known device. */
interface Trying {
  by: Actor
  device: Device | null
  target?: string | null
}

/**
 * What somebody shows beside who they are. Tries are counted by account, or by known device, over all sign-ins, browsers
 * and addresses: beginning anew gives nobody more of them.
 */
export class SecondFactor {
  readonly #totps: Totps
  readonly #recoveryCodes: RecoveryCodes
  readonly #passkeyProofs: PasskeyProofs
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #log: Logger

  constructor({
    totps,
    recoveryCodes,
    passkeyProofs,
    limits,
    trail,
    log,
  }: {
    totps: Totps
    recoveryCodes: RecoveryCodes
    passkeyProofs: PasskeyProofs
    limits: Limits
    trail: Trail
    log: Logger
  }) {
    this.#totps = totps
    this.#recoveryCodes = recoveryCodes
    this.#passkeyProofs = passkeyProofs
    this.#limits = limits
    this.#trail = trail
    this.#log = log
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async code(account: Account, code: string, trying: Trying): Promise<Passed> {
    return this.#counted(account, 'wrong-code', trying, async () =>
      (await this.#totps.verify(account, code)) ? PASSED.totp : null,
    )
  }

  /** @throws WrongCredentials, TooManyAttempts */
  async recoveryCode(account: Account, code: string, trying: Trying): Promise<Passed> {
    return this.#counted(account, 'wrong-recovery-code', trying, async () => {
      const left = await this.#recoveryCodes.spend(account, code, trying)
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
      const { passkey, userVerified } = await this.#passkeyProofs.verify({ ceremony, response, account }, trying)
      return userVerified ? PASSED.passkey(keyKind(passkey)) : PASSED.securityKey(keyKind(passkey))
    })
  }

  async #counted(
    account: Account,
    reason: string,
    { by, device, target = null }: Trying,
    attempt: () => Promise<Passed | null>,
  ): Promise<Passed> {
    const { secondFactorByAccount, secondFactorByDevice, secondPasskeyByAccount, secondPasskeyByDevice } = this.#limits
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
      await this.#trail.write('second-factor.refused', { by, subject: account.id, target, success: false, reason })
      throw new WrongCredentials()
    }
    limit.giveBack(key).catch(error => this.#log.warn(error, 'an attempt was not given back'))
    return passed
  }
}
