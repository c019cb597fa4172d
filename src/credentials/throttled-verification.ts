import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/catalogue.ts'
import type { Actor } from '../base/actor.ts'
import { network } from '../base/network/networks.ts'
import type { Needs } from '../base/nouns.ts'
import { WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from './known-browsers/known-browser.ts'

export interface VerificationAttempt {
  /** As it was typed, normalised: counted whether or not there is such an account. null: it is no address at all. */
  address: string | null
  password: string
  /** The known device from which it comes. */
  device: KnownBrowser | null
}

/** Why it was refused. */
type Failure = Reason<'password.refused'>

/**
 * Tries at a password, or at what stands for one. Every way in, and every place that asks again, counts them here: once
 * by where they come from, once by the account, or by the known device, so that strangers who use up the account's count
 * do not lock its owner out. Whether the account exists, has a password, or is suspended, the work and the time are alike.
 */
export class ThrottledVerification {
  readonly #app

  constructor(app: Needs<'limits' | 'passwords' | 'knownBrowsers' | 'audit' | 'log'>) {
    this.#app = app
  }

  /**
   * @param pending whether the password of a registration counts whose address is not verified yet. To sign in it counts
   * for nothing, like any wrong one, tries included: a stranger who registers an address and signs in with the password
   * they chose would learn whether the address had an account.
   * @returns why not; null where it is right @throws TooManyAttempts, Busy
   */
  async password(
    account: Account | null,
    { password, ...from }: VerificationAttempt,
    { by, pending = false }: { by: Actor; pending?: boolean },
  ): Promise<Failure | null> {
    const right = () => this.#app.passwords.verify(account, password)
    return this.counted(account, from, { by, wrong: 'wrong-password', right, pending })
  }

  /** Anything else by which somebody says who they are. @returns why not; null where it is right @throws TooManyAttempts */
  async counted<Wrong extends string>(
    account: Account | null,
    { address, device }: Omit<VerificationAttempt, 'password'>,
    { by, wrong, right, pending = true }: { by: Actor; wrong: Wrong; right: () => Promise<boolean>; pending?: boolean },
  ): Promise<Wrong | 'suspended' | 'address-unproven' | null> {
    const counted = [{ limit: this.#app.limits.signInByAddress, key: network(by.ip) }]
    if (device) counted.push({ limit: this.#app.limits.signInByDevice, key: device.id })
    // What is no address is nobody's: all who mistype theirs would share one count.
    else if (address !== null) counted.push({ limit: this.#app.limits.signInByAccount, key: address })
    // One after the other: who has no tries left cannot use up those of accounts.
    for (const { limit, key } of counted) await limit.take(key)
    if (!(await right())) return wrong
    if (!account?.active) return 'suspended'
    if (account.pendingSince && !pending) return 'address-unproven'
    for (const { limit, key } of counted)
      limit.giveBack(key).catch(error => this.#app.log.warn(error, 'could not return an attempt to its limit'))
    return null
  }

  /** Somebody who is signed in, or has a link of ours, proves once more who they are. @throws WrongCredentials, TooManyAttempts, Busy */
  async confirm(
    account: Account,
    { password, devices = [] }: { password: string; devices?: readonly string[] },
    { by }: { by: Actor },
  ): Promise<void> {
    const device = await this.#app.knownBrowsers.find(account, devices)
    const reason = await this.password(account, { address: account.email, password, device }, { by, pending: true })
    if (!reason) return
    await this.#app.audit.write('password.refused', { by, subject: account.id, reason })
    throw new WrongCredentials()
  }

  /** Forgets what was counted for this account, passwords and codes, and for each of its devices. */
  async forgive(account: Account, { by }: { by: Actor }): Promise<void> {
    const devices = await this.#app.knownBrowsers.of(account)
    await Promise.all([
      this.#app.limits.signInByAccount.reset(account.email),
      this.#app.limits.secondFactorByAccount.reset(account.id),
      this.#app.limits.secondPasskeyByAccount.reset(account.id),
      ...devices.flatMap(({ id }) => [
        this.#app.limits.signInByDevice.reset(id),
        this.#app.limits.secondFactorByDevice.reset(id),
        this.#app.limits.secondPasskeyByDevice.reset(id),
      ]),
    ])
    await this.#app.audit.write('account.unlocked', { by, subject: account.id })
  }
}
