import type { Account } from '../accounts/account.ts'
import type { Reason } from '../audit/details.ts'
import type { Actor } from '../base/actor.ts'
import { network } from '../base/network/ip-ranges.ts'
import type { Needs } from '../base/nouns.ts'
import { WrongCredentials } from '../base/refusals.ts'
import type { KnownBrowser } from './known-browsers/known-browser.ts'

export interface VerificationAttempt {
  /** As it was typed, normalised; counted whether or not there is such an account. Null if it cannot be an address. */
  address: string | null
  password: string
  /** The known browser that sent it. */
  browser: KnownBrowser | null
}

/**
 * Limits attempts with a password or with what replaces it, such as an emailed code. Every sign-in and
 * re-authentication is counted here: by IP network, and by account or known browser, so that strangers who use up the
 * limit of an account do not lock out its owner. Whether the account exists, has a password or is suspended, the work
 * and the time are the same.
 */
export class ThrottledVerification {
  readonly #app

  constructor(app: Needs<'limits' | 'passwords' | 'knownBrowsers' | 'audit' | 'log'>) {
    this.#app = app
  }

  /**
   * @param pending whether the password of a registration is accepted before its address is verified. A sign-in refuses
   *   it like a wrong one, and counts the attempt: otherwise a stranger could register an address, sign in with the
   *   password they chose, and so learn whether the address already had an account.
   * @returns the reason of the refusal; null if it is right
   * @throws TooManyAttempts, Busy
   */
  async verifyPassword(
    account: Account | null,
    { password, ...from }: VerificationAttempt,
    { by, pending = false }: { by: Actor; pending?: boolean },
  ): Promise<Reason<'password.refused'> | null> {
    const check = () => this.#app.passwords.verify(account, password)
    return this.verify(account, from, { by, reason: 'wrong-password', check, pending })
  }

  /**
   * Verifies a person by other means than a password.
   * @returns the reason of the refusal; null if it is right
   * @throws TooManyAttempts
   */
  async verify<Wrong extends string>(
    account: Account | null,
    { address, browser }: Omit<VerificationAttempt, 'password'>,
    {
      by,
      reason,
      check,
      pending = true,
    }: { by: Actor; reason: Wrong; check: () => Promise<boolean>; pending?: boolean },
  ): Promise<Wrong | 'suspended' | 'address-unverified' | null> {
    const counted = [{ limit: this.#app.limits.signInByIp, key: network(by.ip) }]
    if (browser) counted.push({ limit: this.#app.limits.signInByBrowser, key: browser.id })
    // Input that cannot be an address is not counted, or everyone who mistypes theirs would share one limit.
    else if (address !== null) counted.push({ limit: this.#app.limits.signInByAccount, key: address })
    // In sequence, so that a network without attempts left cannot use up those of accounts.
    for (const { limit, key } of counted) await limit.take(key)
    if (!(await check())) return reason
    if (!account?.active) return 'suspended'
    if (account.pendingSince && !pending) return 'address-unverified'
    for (const { limit, key } of counted) limit.refundLater(key, this.#app.log)
    return null
  }

  /**
   * Re-authenticates a person who is signed in or has opened a link.
   * @throws WrongCredentials, TooManyAttempts, Busy
   */
  async reauthenticate(
    account: Account,
    { password, browserTokens = [] }: { password: string; browserTokens?: readonly string[] },
    { by }: { by: Actor },
  ): Promise<void> {
    const browser = await this.#app.knownBrowsers.find(account, browserTokens)
    const reason = await this.verifyPassword(
      account,
      { address: account.email, password, browser },
      { by, pending: true },
    )
    if (!reason) return
    await this.#app.audit.write('password.refused', { by, subject: account.id, reason })
    throw new WrongCredentials()
  }

  /** Resets the limits for the password and codes of this account, and those of each of its browsers. */
  async unlock(account: Account, { by }: { by: Actor }): Promise<void> {
    const { limits } = this.#app
    const browsers = await this.#app.knownBrowsers.of(account)
    const ofBrowsers = [limits.signInByBrowser, limits.secondFactorByBrowser, limits.secondPasskeyByBrowser]
    await Promise.all([
      limits.signInByAccount.reset(account.email),
      limits.secondFactorByAccount.reset(account.id),
      limits.secondPasskeyByAccount.reset(account.id),
      ...browsers.flatMap(({ id }) => ofBrowsers.map(limit => limit.reset(id))),
    ])
    await this.#app.audit.write('account.unlocked', { by, subject: account.id })
  }
}
