import type { FilterObject } from '@mikro-orm/core'
import { type Account, NO_ACCOUNT } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden } from '../base/refusals.ts'
import { digest, newSecret } from '../base/secrets.ts'
import { type AccountLink, OneTimeLink } from './one-time-link.ts'
import { type Ending, endedBy, type Purpose, rulesOf, SEVERAL } from './purposes.ts'

export interface NewLink {
  account?: Account | null
  /** When it expires, if its purpose has no fixed lifetime. */
  until?: Date | undefined
  /** The address that it belongs to; the account's own by default. */
  address?: string | undefined
  /** It is only sent to that address, and shown nowhere else. */
  provesAddress?: boolean
  /** Identifies the browser in which it was requested. */
  browser?: string | null | undefined
  /** Keyed digest of a code that can be typed in place of the link. */
  code?: string | undefined
}

type Unbound = 'setup'
type Bound = Exclude<Purpose, Unbound>

/** Replaces, by the index `one_time_link_unused_unique`, a link that was issued since the older ones were invalidated. */
const ISSUE = `
  insert into one_time_link (digest, purpose, account_id, address, proves_address, browser, code, created_at, expires_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (account_id, purpose) where used_at is null and purpose not in (${SEVERAL.map(purpose => `'${purpose}'`).join(', ')})
  do update set digest = excluded.digest, address = excluded.address, proves_address = excluded.proves_address,
    browser = excluded.browser, code = excluded.code, tries = 0, created_at = excluded.created_at, expires_at = excluded.expires_at`

/**
 * Locks the account before its links, as its erasure does, so that the two cannot wait for each other. The foreign key
 * of the new link takes the same lock anyway.
 */
const REPLACE = `
  update one_time_link set used_at = ?
  where purpose = ? and used_at is null and account_id = (select id from account where id = ? for key share)`

/** How long a used link still leads to its result, for a person who did not get the response. */
const JUST_SPENT_MS = 60 * 60 * 1000

/** How long an expired link is kept, to find out why it does not work. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/**
 * Links that do one thing once, bound to an account and an address. Opening one changes nothing, because mail scanners
 * open links. Spending one is an atomic update, so of two attempts at once exactly one succeeds. A new link replaces
 * older ones of its purpose, even if two are requested at once, except for purposes with `several` (purposes.ts).
 */
export class OneTimeLinks {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock'>) {
    this.#app = app
  }

  /** @returns the token of the link: 256 random bits, of which only a digest is stored */
  async issue(purpose: Purpose, { account = null, until, address, ...rest }: NewLink = {}): Promise<string> {
    const token = newSecret()
    const now = this.#app.clock.now()
    const { life, several, unbound } = rulesOf(purpose)
    const expires = life === 'until' ? until : new Date(now.getTime() + life * 1000)
    if (!expires) throw new Error(`a link to ${purpose} needs a time at which it expires`)
    await this.#app.em.flush()
    if (unbound) await this.#invalidate({ purpose, account: null })
    else if (!several) await this.#app.em.execute(REPLACE, [now.toISOString(), purpose, account?.id ?? NO_ACCOUNT])
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
  async look(purpose: Unbound, token: string): Promise<OneTimeLink | null>
  async look(purpose: Bound, token: string): Promise<AccountLink | null>
  async look(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    const which = this.#spendable(purpose, digest(token))
    const link = await this.#app.em.findOne(OneTimeLink, which, { populate: ['account'], refresh: true })
    return link?.fits ? link : null
  }

  /** The account of the link, if the link can still be spent. */
  async holder(purpose: Bound, token: string): Promise<Account | null> {
    return (await this.look(purpose, token))?.account ?? null
  }

  /**
   * Like `look`, for code that then redeems the link.
   * @throws Forbidden `link_invalid` if it was spent, replaced or has expired
   */
  async open(purpose: Bound, token: string): Promise<AccountLink> {
    const link = await this.look(purpose, token)
    if (!link) throw invalid()
    return link
  }

  /**
   * Performs the action of a link for its account, in a transaction on the account that spends the link first.
   * @returns the account as the actor
   * @throws Forbidden `link_invalid` if it was spent meanwhile, or the account has another address now
   */
  async redeem(
    link: AccountLink,
    { by, erase = false }: { by: Actor; erase?: boolean },
    work: (owner: Actor) => Promise<void>,
  ): Promise<Actor> {
    const owner: Actor = { ...by, kind: 'account', id: link.account.id }
    await this.#app.atomically.on(link.account, { by: owner, erase }, async () => {
      await this.#spend(link.purpose, link.digest)
      if (!link.fits) throw invalid()
      await work(owner)
    })
    return owner
  }

  /** Opens a link and redeems it, if nothing has to be checked in between. @returns its account @throws Forbidden */
  async redeemToken(
    purpose: Bound,
    token: string,
    options: { by: Actor; erase?: boolean },
    work: (account: Account, owner: Actor) => Promise<void>,
  ): Promise<Account> {
    const link = await this.open(purpose, token)
    await this.redeem(link, options, owner => work(link.account, owner))
    return link.account
  }

  /** The link, with its account, if it was spent or invalidated within the last hour. */
  justSpent(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    return this.#spent(purpose, token, { $gt: new Date(this.#app.clock.now().getTime() - JUST_SPENT_MS) })
  }

  /** Spends a link that changes nothing of an account by itself. @throws Forbidden `link_invalid` */
  spend(purpose: Unbound | 'sign-in', token: string): Promise<void> {
    return this.#spend(purpose, digest(token))
  }

  /** Invalidates the links that this event ends (purposes.ts). @param since only those issued after that time */
  async end(account: Account, ending: Ending, { since }: { since?: Date } = {}): Promise<void> {
    await this.#invalidate({ purpose: { $in: endedBy(ending) }, account, ...(since && { createdAt: { $gt: since } }) })
  }

  /** Invalidates all links of the account. */
  async endAll(account: Account): Promise<void> {
    await this.#invalidate({ account })
  }

  /** The link, if it was spent and its account has the address of the link. */
  async spentFor(purpose: Purpose, token: string): Promise<OneTimeLink | null> {
    const link = await this.#spent(purpose, token, { $ne: null })
    return link?.account && link.account.email === link.address ? link : null
  }

  /** Whether this address is reserved for another account that can still undo its email change. */
  async reserved(address: string, { exceptFor }: { exceptFor?: string } = {}): Promise<boolean> {
    const unspent = { purpose: 'undo-email-change' as const, usedAt: null, expiresAt: { $gt: this.#app.clock.now() } }
    const others = exceptFor ? { account: { $ne: exceptFor } } : {}
    return (await this.#app.em.count(OneTimeLink, { address, ...unspent, ...others })) > 0
  }

  /** Deletes links that expired a month ago. */
  prune(): Promise<number> {
    const expiresAt = { $lt: new Date(this.#app.clock.now().getTime() - KEPT_MS) }
    return this.#app.em.nativeDelete(OneTimeLink, { expiresAt })
  }

  #spent(purpose: Purpose, token: string, usedAt: { $gt: Date } | { $ne: null }): Promise<OneTimeLink | null> {
    const which = { digest: digest(token), purpose, usedAt }
    return this.#app.em.findOne(OneTimeLink, which, { populate: ['account'], refresh: true })
  }

  async #invalidate(which: FilterObject<OneTimeLink>): Promise<void> {
    await this.#app.em.nativeUpdate(OneTimeLink, { ...which, usedAt: null }, { usedAt: this.#app.clock.now() })
  }

  async #spend(purpose: Purpose, key: string): Promise<void> {
    const usedAt = this.#app.clock.now()
    const spent = await this.#app.em.nativeUpdate(OneTimeLink, this.#spendable(purpose, key), { usedAt })
    if (spent !== 1) throw invalid()
  }

  #spendable(purpose: Purpose, key: string) {
    return { digest: key, purpose, usedAt: null, expiresAt: { $gt: this.#app.clock.now() } }
  }
}

const invalid = () => new Forbidden('this link has already been used or has expired', 'link_invalid')
