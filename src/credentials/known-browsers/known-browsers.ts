import { raw } from '@mikro-orm/core'
import { type Account, NO_ACCOUNT } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { isId, newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { NotFound } from '../../base/refusals.ts'
import { digest, newSecret } from '../../base/secrets.ts'
import { oneLine } from '../../base/text/user-agent.ts'
import { KnownBrowser } from './known-browser.ts'

/** How long a browser stays known after a sign-in, in seconds. */
export const KNOWN_BROWSER_TTL = 180 * 24 * 60 * 60

/** How many browsers are remembered per account, and accounts per browser. Older ones are forgotten. */
const MOST_BROWSERS = 30
const MOST_ACCOUNTS = 5

const TOKEN_BYTES = 16

/**
 * The browsers in which people have signed in before. A browser holds a token for each account that knows it; every
 * sign-in replaces that token, so that none can be planted. Being known proves nothing: the browser only gets its own
 * limit of attempts, and signing in there sends no email about a new device. A trusted browser is not asked for the
 * second factor for a while, but always for the first.
 */
export class KnownBrowsers {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit'>) {
    this.#app = app
  }

  /**
   * The account's browser that one of these tokens identifies. A browser is no longer known after a new password or a
   * sign-out everywhere. Without an account the same query is made, and finds nothing.
   */
  async find(account: Account | null, tokens: readonly string[]): Promise<KnownBrowser | null> {
    if (tokens.length === 0) return null
    return this.#app.em.findOne(KnownBrowser, {
      account: account?.id ?? NO_ACCOUNT,
      digest: { $in: tokens.slice(0, MOST_ACCOUNTS).map(digest) },
      seenAt: { $gte: this.#since(account) },
    })
  }

  /** Last seen first, including those that are no longer known. */
  of(account: Account): Promise<KnownBrowser[]> {
    return this.#app.em.find(KnownBrowser, { account }, { orderBy: { seenAt: 'desc' } })
  }

  /**
   * Remembers the browser, from the next flush on.
   * @param among the result of `of`
   * @returns the tokens for the browser to keep instead of those it has
   */
  remember(account: Account, tokens: readonly string[], among: readonly KnownBrowser[]): string[] {
    const held = new Map(tokens.map(token => [digest(token), token]))
    const browser = among.find(each => held.has(each.digest)) ?? this.#newBrowser(account)
    for (const each of among) held.delete(each.digest)
    const token = newSecret(TOKEN_BYTES)
    browser.digest = digest(token)
    browser.seenAt = this.#app.clock.now()
    for (const forgotten of among.filter(each => each !== browser).slice(MOST_BROWSERS - 1))
      this.#app.em.remove(forgotten)
    return [token, ...held.values()].slice(0, MOST_ACCOUNTS)
  }

  /** Trusts the browser until a time. A new password, a sign-out everywhere or a change of factors ends it earlier. */
  async trust(browser: KnownBrowser, { until, by }: { until: Date; by: Actor }): Promise<void> {
    browser.trustedAt = this.#app.clock.now()
    browser.trustedUntil = until
    browser.userAgent = by.userAgent ? oneLine(by.userAgent) : null
    await this.#app.audit.write('trusted-browser.added', { by, subject: browser.account.id })
  }

  /** Whether the account's browser that one of these tokens identifies is trusted now. */
  async trusted(account: Account, tokens: readonly string[]): Promise<boolean> {
    const browser = await this.find(account, tokens)
    return browser !== null && (await this.trustedOf(account)).some(({ id }) => id === browser.id)
  }

  /** Last trusted first. */
  async trustedOf(account: Account): Promise<KnownBrowser[]> {
    const trusted = { account, trustedUntil: { $gt: this.#app.clock.now() }, trustedAt: { $gt: this.#since(account) } }
    return this.#app.em.find(KnownBrowser, trusted, { orderBy: { trustedAt: 'desc' }, refresh: true })
  }

  /** @throws NotFound if the account has no such trusted browser */
  async distrust(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    if (!isId(id) || (await this.#endTrust({ account, id })) === 0)
      throw new NotFound('there is no such trusted browser')
    await this.#app.audit.write('trusted-browser.removed', { by, subject: account.id })
  }

  /** Records an event only if a browser was trusted. */
  async distrustAll(account: Account, { by }: { by: Actor }): Promise<void> {
    if ((await this.#endTrust({ account })) === 0) return
    await this.#app.audit.write('trusted-browser.removed', { by, subject: account.id, reason: 'all' })
  }

  /** Forgets all browsers of an account that gets a new owner. */
  async forget(account: Account): Promise<void> {
    await this.#app.em.nativeDelete(KnownBrowser, { account })
  }

  #endTrust(which: { account: Account; id?: string }): Promise<number> {
    const trusted = { ...which, trustedUntil: { $gt: this.#app.clock.now() } }
    return this.#app.em.nativeUpdate(KnownBrowser, trusted, { trustedAt: null, trustedUntil: null, userAgent: null })
  }

  /**
   * The time since which a known browser counts. This is part of the query for the browser, because a separate query
   * would load the password into the unit of work: checking it would then take one query less, but only if there is an
   * account.
   */
  #since(account: Account | null) {
    const expired = new Date(this.#app.clock.now().getTime() - KNOWN_BROWSER_TTL * 1000)
    return raw<Date>(
      'greatest((select changed_at from password where account_id = ?::uuid), ?::timestamptz, ?::timestamptz)',
      [account?.id ?? NO_ACCOUNT, expired.toISOString(), account?.signedOutAt?.toISOString() ?? null],
    )
  }

  #newBrowser(account: Account): KnownBrowser {
    const firstSeenAt = this.#app.clock.now()
    const browser = Object.assign(new KnownBrowser(), { id: newId(firstSeenAt), account, firstSeenAt })
    this.#app.em.persist(browser)
    return browser
  }
}
