import { type Account, NO_ACCOUNT } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { digest } from '../base/secrets.ts'
import { inGroups, newCode, normalizeCode } from '../base/text/typed-codes.ts'
import { OneTimeLink } from './one-time-link.ts'
import type { Purpose } from './purposes.ts'

/** A code stops working after this many attempts. The chance of guessing 40 bits in five attempts is 1 in 2 * 10^11. */
const TRIES = 5

/** 40 bits. */
const LENGTH = 8

/**
 * Codes that are sent beside the link of an email, and do the same in the browser that requested them. Only a digest of a
 * code is stored, keyed by its purpose and what it is bound to.
 */
export class LinkCodes {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'sealing'>) {
    this.#app = app
  }

  /** @returns the code as people read it, `7QJK-2M9F`, and the digest to store */
  make(purpose: Purpose, binding: readonly string[]): { code: string; digest: string } {
    const code = newCode(LENGTH)
    return { code: inGroups(code), digest: this.#digests(purpose, binding, code)[0]! }
  }

  /**
   * Spends the link by its code, in one statement: each attempt counts, and of two at once only one succeeds. Without
   * an account the same statement is run, and finds nothing.
   * @param code as it was typed; `binding` as for `make`
   * @param address where the code was sent; the account's own address by default
   * @param since an older code is not accepted; the last sign-out everywhere by default
   */
  async spend(
    purpose: Purpose,
    account: Account | null,
    {
      browser,
      binding,
      code,
      address = account?.email ?? '',
      since = account?.signedOutAt ?? new Date(0),
    }: { browser: string; binding: readonly string[]; code: string; address?: string; since?: Date },
  ): Promise<boolean> {
    const now = this.#app.clock.now()
    const codes = this.#digests(purpose, binding, normalizeCode(code))
    const bound = [purpose, account?.id ?? NO_ACCOUNT, address, digest(browser), since, now, TRIES]
    const tried = await this.#app.em.execute<{ right: boolean }[]>(tryAny(codes), [...codes, now, ...bound])
    return tried.some(({ right }) => right)
  }

  /** Whether this browser has requested a code of this purpose, for this address, that still works. */
  async awaited(
    purpose: Purpose,
    account: Account,
    { browser, address }: { browser: string; address: string },
  ): Promise<boolean> {
    const asked = { purpose, account: account.id, address, browser: digest(browser), tries: { $lt: TRIES } }
    const unspent = { usedAt: null, expiresAt: { $gt: this.#app.clock.now() } }
    return (await this.#app.em.count(OneTimeLink, { ...asked, ...unspent })) > 0
  }

  /** One per key, newest first. */
  #digests(purpose: Purpose, binding: readonly string[], code: string): string[] {
    return this.#app.sealing.digests(`${purpose} codes`, ...binding, code)
  }
}

function tryAny(codes: readonly string[]): string {
  return `
    update one_time_link
    set tries = tries + 1, used_at = case when code in (${codes.map(() => '?').join(', ')}) then ?::timestamptz end
    where purpose = ? and account_id = ? and address = ? and browser = ? and created_at >= ?
      and used_at is null and expires_at > ? and tries < ? and code is not null
    returning used_at is not null as "right"`
}
