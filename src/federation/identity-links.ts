import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, NotFound } from '../base/refusals.ts'
import { PURPOSES } from '../links/purposes.ts'
import { IdentityLink } from './identity-link.ts'
import type { UpstreamTokens } from './protocol/authentication-result.ts'
import type { Identity } from './providers/claim-mapping.ts'
import { IdentityProvider } from './providers/identity-provider.ts'

/** As long as an e-mail about a change can still be answered with "this wasn't me". */
const SUSPECT_MS = PURPOSES['report-compromise'].life * 1000

const TOKENS = 'identity-link-tokens'

/** Whom a provider has named, and what it gave for them. */
export interface AuthenticatedIdentity {
  identity: Identity
  tokens: UpstreamTokens | null
}

/** Who is whom at upstream providers. What may be connected, and when, is decided in lifecycle/. */
export class IdentityLinks {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'sealing'>) {
    this.#app = app
  }

  /** By provider and subject, and by nothing else; with its account. */
  find(provider: IdentityProvider, subject: string): Promise<IdentityLink | null> {
    return this.#app.em.findOne(IdentityLink, { provider: provider.id, subject }, { populate: ['account', 'provider'] })
  }

  /** Oldest first, with their providers. */
  of(account: Account | string): Promise<IdentityLink[]> {
    const id = typeof account === 'string' ? account : account.id
    return this.#app.em.find(IdentityLink, { account: id }, { orderBy: { id: 'asc' }, populate: ['provider'] })
  }

  /** How many of them are a way in: through providers that are switched on. */
  countUsable(account: Account): Promise<number> {
    return this.#app.em.count(IdentityLink, { account, provider: { enabled: true } })
  }

  /** How many people are connected to it. */
  count(provider: IdentityProvider): Promise<number> {
    return this.#app.em.count(IdentityLink, { provider: provider.id })
  }

  /** @throws Conflict where that somebody is connected already, to this account or another */
  async add(
    account: Account,
    provider: IdentityProvider,
    { identity: { subject, email }, tokens }: AuthenticatedIdentity,
    { by }: { by: Actor },
  ): Promise<IdentityLink> {
    const link = new IdentityLink()
    const now = this.#app.clock.now()
    Object.assign(link, {
      id: newId(now),
      account,
      provider: this.#app.em.getReference(IdentityProvider, provider.id),
      subject,
      email,
      createdAt: now,
    })
    this.#keepTokens(link, provider, tokens)
    this.#app.em.persist(link)
    this.#app.audit.record('identity.linked', { by, subject: account.id, target: provider.name })
    try {
      await this.#app.em.flush()
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException)
        throw new Conflict(`this person of ${provider.title} is connected already`)
      throw error
    }
    return link
  }

  /** Stages that somebody signed in by it; the next flush writes it. */
  recordUse(link: IdentityLink, { identity: { email }, tokens }: AuthenticatedIdentity): void {
    link.lastUsedAt = this.#app.clock.now()
    link.email = email
    this.#keepTokens(link, link.provider, tokens)
  }

  /** Those of the last sign-in; null where the provider's policy keeps none. */
  tokensOf({ id, sealedTokens }: IdentityLink): UpstreamTokens | null {
    return sealedTokens == null ? null : JSON.parse(this.#app.sealing.open(sealedTokens, `${TOKENS}:${id}`))
  }

  /** @throws NotFound where the account has no such link */
  async remove(account: Account, id: string, { by }: { by: Actor }): Promise<IdentityLink> {
    const link = isId(id) ? await this.#app.em.findOne(IdentityLink, { id, account }, { populate: ['provider'] }) : null
    if (!link) throw new NotFound('there is no such connection')
    this.#app.em.remove(link)
    this.#app.audit.record('identity.unlinked', { by, subject: account.id, target: link.provider.name })
    await this.#app.em.flush()
    return link
  }

  /** All of an account at once: whoever takes it over was connected to nobody yet. */
  async removeAll(account: Account, { by }: { by: Actor }): Promise<void> {
    const gone = await this.#app.em.nativeDelete(IdentityLink, { account })
    if (gone > 0) this.#app.audit.record('identities.unlinked', { by, subject: account.id })
  }

  /** «This was not me»: lets those go that came within a week. @returns how many */
  async removeRecent(account: Account, { by }: { by: Actor }): Promise<number> {
    const since = new Date(this.#app.clock.now().getTime() - SUSPECT_MS)
    const gone = await this.#app.em.nativeDelete(IdentityLink, { account, createdAt: { $gt: since } })
    if (gone > 0) this.#app.audit.record('identities.unlinked', { by, subject: account.id })
    return gone
  }

  #keepTokens(link: IdentityLink, { policy }: IdentityProvider, tokens: UpstreamTokens | null): void {
    const kept = policy.keepTokens && tokens
    link.sealedTokens = kept ? this.#app.sealing.seal(JSON.stringify(kept), `${TOKENS}:${link.id}`) : null
  }
}
