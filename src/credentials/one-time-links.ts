import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden } from '../base/refusals.ts'
import { digest, newSecret } from '../base/secrets.ts'
import { type Ending, endedBy, type Purpose, rulesOf, SEVERAL } from '../mail/purposes.ts'
import { OneTimeLink } from './one-time-link.ts'

export interface NewLink {
  account?: Account | null
  /** Until when it works, where its purpose does not say how long. */
  until?: Date | undefined
  /** Where the link leads to; the account's own address if nothing else is said. */
  address?: string | undefined
  /** It goes there by e-mail alone. */
  provesAddress?: boolean
  /** What tells the browser apart in which it was asked for. */
  browser?: string | null | undefined
  /** Keyed digest of a code that does the same as the link. */
  code?: string | undefined
}

/** Meets the index `one_time_link_newest` where another link was issued since the older ones were killed. */
const ISSUE = `
  insert into one_time_link (digest, purpose, account_id, address, proves_address, browser, code, created_at, expires_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (account_id, purpose) where used_at is null and purpose not in (${SEVERAL.map(purpose => `'${purpose}'`).join(', ')})
  do update set digest = excluded.digest, address = excluded.address, proves_address = excluded.proves_address,
    browser = excluded.browser, code = excluded.code, tries = 0, created_at = excluded.created_at, expires_at = excluded.expires_at`

/** After so many wrong ones a code is worthless: of forty bits, one in 2 * 10^11 is guessed. */
const CODE_TRIES = 5

/** No account has it: a search for the links and codes of no account takes as long as a search for those of one. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** For so long a spent link may be pressed once more because its answer was lost. */
const PRESSED_AGAIN_MS = 60 * 60 * 1000

/** What can be looked up of a spent link, for whoever asks why it does not work. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/**
 * Links that do one thing once, bound to an account and an address. Looking at one changes nothing (mail scanners look);
 * spending is one atomic update, so that of two at once exactly one succeeds. The newest link of a purpose replaces the
 * older ones, also where two are asked for at once, except where each is a way back of its own.
 */
export class OneTimeLinks {
  readonly #app

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** @returns the token for the link: 256 bits, known to nobody but whoever gets the link */
  async issue(purpose: Purpose, { account = null, until, address, ...rest }: NewLink = {}): Promise<string> {
    const token = newSecret()
    const now = this.#app.clock.now()
    const { life, several, unbound } = rulesOf(purpose)
    const expires = life === 'until' ? until : new Date(now.getTime() + life * 1000)
    if (!expires) throw new Error(`until when does a link to ${purpose} work?`)
    if (!several) await this.#kill({ purpose, account: account ?? (unbound ? null : NOBODY) })
    await this.#app.em.flush()
    await this.#app.em.execute(ISSUE, [
      digest(token),
      purpose,
      account?.id ?? null,
      address ?? account?.email ?? null,
      rest.provesAddress ?? false,
      rest.browser ? digest(rest.browser) : null,
      rest.code ?? null,
      now.toISOString(),
      expires.toISOString(),
    ])
    return token
  }

  /** The link, with its account, if it can still be spent. */
  async look(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    const link = await this.#app.em.findOne(OneTimeLink, this.#spendable(purpose, token), {
      populate: ['account'],
      refresh: true,
    })
    return link?.fits ? link : null
  }

  /** The link, with its account, where it has just been spent, or killed by another. */
  justSpent(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    const since = new Date(this.#app.clock.now().getTime() - PRESSED_AGAIN_MS)
    const which = { digest: digest(token), purpose, usedAt: { $gt: since } }
    return this.#app.em.findOne(OneTimeLink, which, { populate: ['account'], refresh: true })
  }

  /** @throws Forbidden `link_invalid` where it was spent, replaced, is about another address, or has expired */
  async spend(purpose: Purpose, token: string): Promise<OneTimeLink> {
    const link = await this.look(purpose, token)
    const spent = await this.#app.em.nativeUpdate(OneTimeLink, this.#spendable(purpose, token), {
      usedAt: this.#app.clock.now(),
    })
    if (!link || spent !== 1) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    return link
  }

  /**
   * The same by the code that went with it, in the browser in which it was asked for, by one statement: each try counts,
   * and of two at once one succeeds. For nobody the same is asked, and nothing found.
   * @param codes keyed digests of what was typed
   * @param address where the code was sent; the account's own address if nothing else is said
   * @param since an older code counts for nothing; the last sign-out everywhere if nothing else is said
   */
  async spendByCode(
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
    const bound = [purpose, account?.id ?? NOBODY, address, digest(browser), since, now, CODE_TRIES]
    const tried = await this.#app.em.execute<{ right: boolean }[]>(tryAny(codes), [...codes, now, ...bound])
    return tried.some(({ right }) => right)
  }

  /** Makes worthless what this ends (mail/purposes.ts). @param since only links that were issued after that moment */
  async end(account: Account, ending: Ending, { since }: { since?: Date } = {}): Promise<void> {
    await this.#kill({ purpose: { $in: endedBy(ending) }, account, ...(since && { createdAt: { $gt: since } }) })
  }

  /** All of them, whatever they do. */
  async endAll(account: Account): Promise<void> {
    await this.#kill({ account })
  }

  /** Whether this browser has asked for a code of this purpose, for this address, that can still be typed. */
  awaitsCode(purpose: Purpose, account: Account, { browser, address }: { browser: string; address: string }) {
    const asked = { account: account.id, browser: digest(browser), tries: { $lt: CODE_TRIES } }
    return this.#live({ purpose, address, ...asked })
  }

  /** The link if it was spent, and its account has the address to which it led. */
  async spentFor(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    const which = { digest: digest(token), purpose, usedAt: { $ne: null } }
    const link = await this.#app.em.findOne(OneTimeLink, which, { populate: ['account'], refresh: true })
    return link?.account && link.account.email === link.address ? link : null
  }

  /** Whether a link of this purpose is out and unspent. */
  pending(purpose: Purpose): Promise<boolean> {
    return this.#live({ purpose })
  }

  /** Whether somebody else may still go back to this address: until then nobody can have it. */
  reserved(address: string, { exceptFor }: { exceptFor?: string } = {}): Promise<boolean> {
    return this.#live({ purpose: 'undo-address', address, ...(exceptFor ? { account: { $ne: exceptFor } } : {}) })
  }

  /** Removes what has been dead for a month. */
  prune(): Promise<number> {
    return this.#app.em.nativeDelete(OneTimeLink, {
      expiresAt: { $lt: new Date(this.#app.clock.now().getTime() - KEPT_MS) },
    })
  }

  async #live(which: {
    purpose: Purpose
    address?: string
    account?: string | { $ne: string }
    browser?: string
    tries?: { $lt: number }
  }): Promise<boolean> {
    return (
      (await this.#app.em.count(OneTimeLink, { ...which, usedAt: null, expiresAt: { $gt: this.#app.clock.now() } })) > 0
    )
  }

  async #kill(which: {
    purpose?: Purpose | { $in: Purpose[] }
    account: Account | string | null
    createdAt?: { $gt: Date }
  }): Promise<void> {
    await this.#app.em.nativeUpdate(OneTimeLink, { ...which, usedAt: null }, { usedAt: this.#app.clock.now() })
  }

  #spendable(purpose: Purpose, token: string) {
    return { digest: digest(token), purpose, usedAt: null, expiresAt: { $gt: this.#app.clock.now() } }
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
