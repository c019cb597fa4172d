import { type EntityManager, LockMode } from '@mikro-orm/core'
import { difference } from '../../audit/difference.ts'
import type { Actor } from '../../base/actor.ts'
import { isText, newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, NotFound } from '../../base/refusals.ts'
import { holdRoles } from '../../clients/held-roles.ts'
import { Cache } from '../../storage/change-feed/cache.ts'
import { insert } from '../../storage/database/insert.ts'
import { IdentityLink } from '../identity-link.ts'
import { checkDefinition, type ProviderDefinition, STORED_SECRET } from './definition.ts'
import { IdentityProvider } from './identity-provider.ts'
import type { ProviderPolicy } from './policy.ts'
import { presetOf } from './presets.ts'

const SECRET = 'identity-provider-secret'

/** Who changes a provider, and what must hold of it before. */
interface Change {
  by: Actor
  /** Called with the locked provider; throws if it may not be changed as it is. */
  expect?: ((provider: IdentityProvider) => void) | undefined
}

/**
 * Upstream providers, which operators define. Every sign-in page lists them, so each process caches them until the database
 * notifies of a change. `UpstreamClient` sends requests to them; `IdentityLinks` holds the connections of people.
 */
export class IdentityProviders {
  readonly #app
  readonly #cache: Cache<IdentityProvider[]>

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'changes'>) {
    this.#app = app
    this.#cache = new Cache({
      changes: app.changes,
      topic: 'identity_provider',
      whole: true,
      load: () => listed(this.#app.em.fork()),
    })
  }

  /** The enabled ones, in the order of the sign-in page, from the cache. */
  async enabled(): Promise<IdentityProvider[]> {
    return ((await this.#cache.get('all')) ?? []).filter(({ enabled }) => enabled)
  }

  /** From the cache. */
  async findEnabled(nameOrId: string): Promise<IdentityProvider | null> {
    return (await this.enabled()).find(({ id, name }) => name === nameOrId || id === nameOrId) ?? null
  }

  /** Reads an enabled one from the database, for changes that depend on it. */
  loadEnabled(id: string): Promise<IdentityProvider | null> {
    return this.#app.em.findOne(IdentityProvider, { id, enabled: true }, { refresh: true })
  }

  list(): Promise<IdentityProvider[]> {
    return listed(this.#app.em)
  }

  /** @throws NotFound */
  async find(name: string, { lock = false } = {}): Promise<IdentityProvider> {
    const locked = lock ? { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true as const } : {}
    const provider = isText(name) ? await this.#app.em.findOne(IdentityProvider, { name }, locked) : null
    if (!provider) throw new NotFound(`there is no provider ${JSON.stringify(name)}`)
    return provider
  }

  /** @throws InvalidInput, Conflict */
  async register(definition: ProviderDefinition, { by }: { by: Actor }): Promise<IdentityProvider> {
    const { secret, ...checked } = checkDefinition(definition)
    const provider = new IdentityProvider()
    const id = newId(this.#app.clock.now())
    Object.assign(provider, checked, { id, enabled: true, createdAt: this.#app.clock.now() })
    provider.sealedSecret = secret === null ? null : this.#seal(id, secret)
    await this.#app.atomically(async () => {
      await holdRoles(this.#app.em, rolesIn(checked.policy))
      this.#app.audit.record('identity-provider.registered', { by, target: provider.name })
      await insert(this.#app.em, provider, `an identity provider named ${provider.name} already exists`)
    })
    return provider
  }

  /** @throws NotFound */
  #change(name: string, { expect }: Change, change: (provider: IdentityProvider) => void | Promise<void>) {
    return this.#app.atomically(async () => {
      const provider = await this.find(name, { lock: true })
      expect?.(provider)
      await change(provider)
      return provider
    })
  }

  /**
   * Absent values stay unchanged, also within mapping, policy and settings. Name, kind and issuer, and the settings that are
   * part of the issuer, never change: they identify the connected people.
   * @throws NotFound, InvalidInput
   */
  async update(
    name: string,
    changes: Partial<Omit<ProviderDefinition, 'name' | 'kind' | 'issuer'>>,
    change: Change,
  ): Promise<IdentityProvider> {
    return this.#change(name, change, async provider => {
      const [before, shown] = [definitionOf(provider), provider.summary()]
      checkIssuer(provider, changes.settings)
      const { secret, ...checked } = checkDefinition({
        ...before,
        secret: provider.sealedSecret == null ? null : STORED_SECRET,
        ...changes,
        settings: { ...before.settings, ...changes.settings },
        mapping: { ...before.mapping, ...changes.mapping },
        policy: { ...before.policy, ...changes.policy },
      })
      await holdRoles(this.#app.em, rolesIn(checked.policy))
      Object.assign(provider, checked)
      if (!checked.policy.keepTokens)
        await this.#app.em.nativeUpdate(IdentityLink, { provider }, { sealedTokens: null })
      if (changes.secret !== undefined) provider.sealedSecret = secret === null ? null : this.#seal(provider.id, secret)
      const changed = difference(shown, provider.summary())
      this.#app.audit.record('identity-provider.updated', { by: change.by, target: name, changes: changed })
    })
  }

  /** Disabling also stops sign-ins in progress; people stay connected. */
  disable(name: string, change: Change): Promise<IdentityProvider> {
    return this.#setEnabled(name, false, change)
  }

  enable(name: string, change: Change): Promise<IdentityProvider> {
    return this.#setEnabled(name, true, change)
  }

  #setEnabled(name: string, enabled: boolean, change: Change): Promise<IdentityProvider> {
    const kind = enabled ? 'identity-provider.enabled' : 'identity-provider.disabled'
    return this.#change(name, change, provider => {
      if (provider.enabled === enabled) return
      provider.enabled = enabled
      this.#app.audit.record(kind, { by: change.by, target: name })
    })
  }

  /** Also removes all connections of people to it. */
  async remove(name: string, change: Change): Promise<void> {
    const { by } = change
    await this.#change(name, change, async provider => {
      const links = await this.#app.em.find(IdentityLink, { provider })
      for (const subject of new Set(links.map(({ account }) => account.id)))
        this.#app.audit.record('identity.unlinked', { by, subject, target: name, reason: 'provider-removed' })
      this.#app.em.remove(provider)
      this.#app.audit.record('identity-provider.removed', { by, target: name })
    })
  }

  /** For client authentication only. */
  secretOf({ id, sealedSecret }: IdentityProvider): string | null {
    return sealedSecret == null ? null : this.#app.sealing.open(sealedSecret, `${SECRET}:${id}`)
  }

  #seal(id: string, secret: string): string {
    return this.#app.sealing.seal(secret, `${SECRET}:${id}`)
  }
}

/** @throws InvalidInput if a setting changes that is part of the issuer: `…/{tenant}/v2.0` */
function checkIssuer({ kind, settings }: IdentityProvider, changes: Record<string, string> = {}): void {
  const fixed = Object.keys(changes).filter(
    name => presetOf(kind).issuer?.includes(`{${name}}`) && changes[name] !== settings[name],
  )
  if (fixed.length === 0) return
  const why = 'identifies the provider and never changes: add another provider, and disable this one'
  throw new InvalidInput(Object.fromEntries(fixed.map(name => [name, why])))
}

/** The roles that it assigns. */
function rolesIn({ roles, roleMapping }: ProviderPolicy): Record<string, readonly string[]> {
  return { 'policy.roles': roles, 'policy.roleMapping': Object.values(roleMapping?.roles ?? {}).flat() }
}

function listed(em: EntityManager): Promise<IdentityProvider[]> {
  return em.find(IdentityProvider, {}, { orderBy: { position: 'asc', createdAt: 'asc' } })
}

function definitionOf(provider: IdentityProvider): ProviderDefinition {
  const { name, kind, title, clientId, settings, scopes, mapping, policy, position } = provider
  const { issuer = null, endpoints = null } = provider
  return { name, kind, title, issuer, endpoints, clientId, settings, scopes, mapping, policy, position }
}
