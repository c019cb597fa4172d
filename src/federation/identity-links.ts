import type { FilterQuery } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { PURPOSES } from '../links/purposes.ts'
import { insert } from '../storage/database/insert.ts'
import { IdentityLink } from './identity-link.ts'
import type { UpstreamTokens } from './protocol/authentication-result.ts'
import type { Identity } from './providers/claim-mapping.ts'
import { IdentityProvider } from './providers/identity-provider.ts'

/** How long a new link is suspect: as long as "this wasn't me" works in the email about a change. */
const SUSPECT_MS = PURPOSES['report-compromise'].life * 1000

const TOKENS = 'identity-link-tokens'

/** A person whom a provider has authenticated. */
export interface AuthenticatedIdentity {
  identity: Identity
  tokens: UpstreamTokens | null
}

/** The connections between accounts and people at upstream providers. `lifecycle` decides what may be connected. */
export class IdentityLinks {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'sealing'>) {
    this.#app = app
  }

  /** Finds a link with its account. An email is never enough to find one. */
  find(provider: IdentityProvider, subject: string): Promise<IdentityLink | null> {
    return this.#app.em.findOne(IdentityLink, { provider: provider.id, subject }, { populate: ['account', 'provider'] })
  }

  /** Oldest first, with their providers. */
  of(account: Account | string): Promise<IdentityLink[]> {
    const id = typeof account === 'string' ? account : account.id
    return this.#app.em.find(IdentityLink, { account: id }, { orderBy: { id: 'asc' }, populate: ['provider'] })
  }

  /** How many can be used to sign in, because their provider is enabled. */
  countUsable(account: Account): Promise<number> {
    return this.#app.em.count(IdentityLink, { account, provider: { enabled: true } })
  }

  count(provider: IdentityProvider): Promise<number> {
    return this.#app.em.count(IdentityLink, { provider: provider.id })
  }

  /** @throws Conflict if the person is connected already, to this account or another */
  async add(
    account: Account,
    provider: IdentityProvider,
    { identity: { subject, email }, tokens }: AuthenticatedIdentity,
    { by }: { by: Actor },
  ): Promise<IdentityLink> {
    const link = new IdentityLink()
    const createdAt = this.#app.clock.now()
    const reference = this.#app.em.getReference(IdentityProvider, provider.id)
    Object.assign(link, { id: newId(createdAt), account, provider: reference, subject, email, createdAt })
    this.#keepTokens(link, provider, tokens)
    this.#app.audit.record('identity.linked', { by, subject: account.id, target: provider.name })
    await insert(this.#app.em, link, `this ${provider.title} account is already connected to an account here`)
    return link
  }

  /** Stages that the person signed in with it; the next flush writes it. */
  recordUse(link: IdentityLink, { identity: { email }, tokens }: AuthenticatedIdentity): void {
    link.lastUsedAt = this.#app.clock.now()
    link.email = email
    this.#keepTokens(link, link.provider, tokens)
  }

  /** The tokens of the last sign-in; null if the provider's policy keeps none. */
  tokensOf({ id, sealedTokens }: IdentityLink): UpstreamTokens | null {
    return sealedTokens == null ? null : JSON.parse(this.#app.sealing.open(sealedTokens, `${TOKENS}:${id}`))
  }

  /** @throws NotFound if the account has no such link */
  async remove(account: Account, id: string, { by }: { by: Actor }): Promise<IdentityLink> {
    const link = isId(id) ? await this.#app.em.findOne(IdentityLink, { id, account }, { populate: ['provider'] }) : null
    if (!link) throw new NotFound('this account has no such connection')
    this.#app.em.remove(link)
    this.#app.audit.record('identity.unlinked', { by, subject: account.id, target: link.provider.name })
    await this.#app.em.flush()
    return link
  }

  /** All links of an account whose owner changes. */
  async removeAll(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#remove(account, {}, { by })
  }

  /** For "this wasn't me": links of the last week. @returns how many */
  removeRecent(account: Account, { by }: { by: Actor }): Promise<number> {
    const since = new Date(this.#app.clock.now().getTime() - SUSPECT_MS)
    return this.#remove(account, { createdAt: { $gt: since } }, { by })
  }

  async #remove(account: Account, which: FilterQuery<IdentityLink>, { by }: { by: Actor }): Promise<number> {
    const removed = await this.#app.em.nativeDelete(IdentityLink, { $and: [{ account }, which] })
    if (removed > 0) this.#app.audit.record('identities.unlinked', { by, subject: account.id })
    return removed
  }

  #keepTokens(link: IdentityLink, { policy }: IdentityProvider, tokens: UpstreamTokens | null): void {
    const kept = policy.keepTokens && tokens
    link.sealedTokens = kept ? this.#app.sealing.seal(JSON.stringify(kept), `${TOKENS}:${link.id}`) : null
  }
}
