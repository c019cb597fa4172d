import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { digest } from '../base/secrets.ts'
import { NO_ACCOUNT, OneTimeLink } from './one-time-link.ts'
import type { Purpose } from './purposes.ts'

/** After so many wrong ones a code is worthless: of forty bits, one in 2 * 10^11 is guessed. */
const TRIES = 5

/** Codes that go with a link in an email, and do the same in the browser in which it was asked for. */
export class LinkCodes {
  readonly #app

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /**
   * Spends the link by its code, in one statement: each try counts, and of two at once one succeeds. Without an account
   * the same is asked, and nothing found.
   * @param codes keyed digests of what was typed
   * @param address where the code was sent; the account's own address if nothing else is said
   * @param since an older code counts for nothing; the last sign-out everywhere if nothing else is said
   */
  async spend(
    purpose: Purpose,
    account: Account | null,
    {
      browser,
      codes,
      address = account?.email ?? '',
      since = account?.signedOutAt ?? new Date(0),
    }: { browser: string; codes: readonly string[]; address?: string; since?: Date },
  ): Promise<boolean> {
    const now = this.#app.clock.now()
    const bound = [purpose, account?.id ?? NO_ACCOUNT, address, digest(browser), since, now, TRIES]
    const tried = await this.#app.em.execute<{ right: boolean }[]>(tryAny(codes), [...codes, now, ...bound])
    return tried.some(({ right }) => right)
  }

  /** Whether this browser has asked for a code of this purpose, for this address, that can still be typed. */
  async awaited(
    purpose: Purpose,
    account: Account,
    { browser, address }: { browser: string; address: string },
  ): Promise<boolean> {
    const asked = { purpose, account: account.id, address, browser: digest(browser), tries: { $lt: TRIES } }
    const unspent = { usedAt: null, expiresAt: { $gt: this.#app.clock.now() } }
    return (await this.#app.em.count(OneTimeLink, { ...asked, ...unspent })) > 0
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
