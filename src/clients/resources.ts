import { LockMode } from '@mikro-orm/core'
import { z } from 'zod'
import { difference } from '../audit/difference.ts'
import type { Actor } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden, InvalidInput, NotFound } from '../base/refusals.ts'
import { SIGNING_ALGORITHMS } from '../base/signing-algorithms.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { insert } from '../storage/database/insert.ts'
import { OwnApi, ownApiId } from './own-api.ts'
import { parsed } from './registration.ts'
import { Resource, TOKEN_FORMATS, TOKEN_TYPES } from './resource.ts'
import { PEOPLE_SCOPES } from './scopes.ts'

const ownScope = (name: string) => !PEOPLE_SCOPES.includes(name)
const scope = z.strictObject({
  name: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/)
    .refine(ownScope, 'is reserved by OpenID Connect or the account API; choose another'),
  description: z.string().max(300).default(''),
})
const withoutFragment = (uri: string) => !uri.includes('#')

/** What an operator can register. */
export const resourceShape = z.strictObject({
  id: z.url().max(500).refine(withoutFragment, 'must have no fragment (RFC 8707 section 2)'),
  name: z.string().trim().min(1).max(100),
  scopes: z.array(scope).max(100).default([]),
  accessTokenTtl: z.int().min(30).max(86_400).nullable().default(null),
  tokenFormat: z.enum(TOKEN_FORMATS).default('jwt'),
  tokenType: z.enum(TOKEN_TYPES).default('at+jwt'),
  tokenAlg: z.enum(SIGNING_ALGORITHMS).default('ES256'),
  allowSelfRegistered: z.boolean().default(false),
  scopesByRole: z.boolean().default(false),
  permissionsClaim: z.boolean().default(false),
})

export type ResourceRegistration = z.input<typeof resourceShape>
export type ResourceUpdate = Partial<Omit<ResourceRegistration, 'id'>>

const REVOKE_CONSENTS = `
  update consent set resources = resources - ?::text where jsonb_exists(resources, ?) returning account_id, client_id`
const REMOVE_FROM_ROLES = 'update role set scopes = scopes - ?::text where jsonb_exists(scopes, ?)'
/** A later scope of the same name starts without any role that allows it. */
const REMOVE_SCOPE_FROM_ROLES = `
  update role set scopes = jsonb_set(scopes, array[?::text], (scopes -> ?) - ?::text) where jsonb_exists(scopes -> ?, ?)`
type RevokedConsent = { account_id: string; client_id: string }

/** Who changes a resource, and what must hold of it before. */
interface Change {
  by: Actor
  /** Called with the locked resource; throws if it may not be changed as it is. */
  expect?: ((resource: Resource) => void) | undefined
}

interface Index {
  all: Resource[]
  byId: Map<string, Resource>
  /** By normalized URL; null where several are the same URL. */
  byUrl: Map<string, Resource | null>
}

/**
 * The APIs that accept our access tokens (RFC 8707). A token for one of them is a JWT for it alone (RFC 9068). Gatehouse's own
 * API (own-api.ts) is known to the protocol as one of them, but is not listed, changed or removed.
 */
export class Resources {
  readonly #app
  /** All of them: a request may name many, of which none exists, and must not lead to a query for each. */
  readonly #index: Cache<Index>

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes' | 'config' | 'keys'>) {
    this.#app = app
    this.#index = new Cache({
      changes: app.changes,
      topic: 'resource',
      whole: true,
      load: async () => indexed([...(await this.#app.em.fork().findAll(Resource)), new OwnApi(app.config)]),
    })
  }

  /** For the protocol: from the cache of this process. */
  async findCached(id: string): Promise<Resource | null> {
    return (await this.#cached()).byId.get(id) ?? null
  }

  /**
   * The resource that a request means, from the cache of this process. Libraries that parse a URL write it differently,
   * most often with a slash at the end: an identifier that is not registered means the registered one that is the same URL
   * (RFC 3986 section 6.2), apart from a slash at the end of its path.
   */
  async findMeant(indicator: string): Promise<Resource | null> {
    const { byId, byUrl } = await this.#cached()
    return byId.get(indicator) ?? byUrl.get(normalized(indicator) ?? '') ?? null
  }

  /** The resources that have one of these scopes, from the cache of this process. */
  async having(scopes: readonly string[]): Promise<Resource[]> {
    const { all } = await this.#cached()
    return all.filter(each => each.scopes.some(({ name }) => scopes.includes(name)))
  }

  /** The scopes that clients which registered themselves may ask for, from the cache of this process. */
  async scopesForSelfRegistered(): Promise<string[]> {
    const { all } = await this.#cached()
    return all.filter(each => each.allowSelfRegistered).flatMap(({ scopes }) => scopes.map(({ name }) => name))
  }

  /** The names of all scopes of these resources, from the cache of this process. */
  async scopesOf(ids: readonly string[]): Promise<Set<string>> {
    const { byId } = await this.#cached()
    return new Set(ids.flatMap(id => byId.get(id)?.scopes.map(({ name }) => name) ?? []))
  }

  async #cached(): Promise<Index> {
    return (await this.#index.get('all')) ?? indexed([])
  }

  list(): Promise<Resource[]> {
    return this.#app.em.find(Resource, {}, { orderBy: { id: 'asc' } })
  }

  /** @throws NotFound, Forbidden for Gatehouse's own API */
  async find(id: string, { lock = false } = {}): Promise<Resource> {
    if (normalized(id) === normalized(ownApiId(this.#app.config)))
      throw new Forbidden(
        `${id} is the API of Gatehouse itself: it cannot be changed, and gatehouse permissions lists its scopes`,
      )
    const locked = lock ? { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true as const } : {}
    const resource = isText(id) ? await this.#app.em.findOne(Resource, { id }, locked) : null
    if (!resource) throw new NotFound(`there is no resource ${JSON.stringify(id)}`)
    return resource
  }

  /** @throws InvalidInput, Conflict */
  async register(registration: ResourceRegistration, { by }: { by: Actor }): Promise<Resource> {
    const checked = parsed(resourceShape, registration, 'resource')
    if (`${normalized(checked.id)}/`.startsWith(`${normalized(this.#app.config.issuer)}/`))
      throw new InvalidInput({ id: 'is a URL of Gatehouse itself; use the URL of the API' })
    await this.#app.keys.ensure([checked.tokenAlg], { by })
    const resource = this.#app.em.create(Resource, { ...checked, createdAt: this.#app.clock.now() })
    this.#app.audit.record('resource.registered', { by, target: resource.id })
    await insert(this.#app.em, resource, `a resource with the identifier ${resource.id} already exists`)
    return resource
  }

  /** @throws NotFound, InvalidInput */
  async update(id: string, changes: ResourceUpdate, { by, expect }: Change): Promise<Resource> {
    const checkedUpdate = (resource: Resource) =>
      parsed(resourceShape, { ...resource.summary(), ...changes }, 'resource')
    const { tokenAlg } = checkedUpdate(await this.find(id))
    // Before the transaction, in which a new key would take long to make.
    await this.#app.keys.ensure([tokenAlg], { by })
    return this.#app.atomically(async () => {
      const resource = await this.find(id, { lock: true })
      expect?.(resource)
      const checked = checkedUpdate(resource)
      const removed = resource.scopes.filter(before => !checked.scopes.some(({ name }) => name === before.name))
      for (const { name } of removed) await this.#app.em.execute(REMOVE_SCOPE_FROM_ROLES, [id, id, name, id, name])
      const before = resource.summary()
      Object.assign(resource, checked)
      this.#app.audit.record('resource.updated', { by, target: id, changes: difference(before, resource.summary()) })
      return resource
    })
  }

  /**
   * Removes it from all consents and roles too, so that a later resource with the same identifier starts without any.
   * @throws NotFound
   */
  async remove(id: string, { by, expect }: Change): Promise<void> {
    await this.#app.atomically(async () => {
      const resource = await this.find(id, { lock: true })
      expect?.(resource)
      this.#app.em.remove(resource)
      const consents = await this.#app.em.execute<RevokedConsent[]>(REVOKE_CONSENTS, [id, id])
      for (const { account_id: subject, client_id: target } of consents)
        this.#app.audit.record('consent.revoked', { by, subject, target, reason: 'resource-removed' })
      await this.#app.em.execute(REMOVE_FROM_ROLES, [id, id])
      this.#app.audit.record('resource.removed', { by, target: id })
    })
  }
}

function normalized(uri: string): string | null {
  return URL.parse(uri)?.href.replace(/\/$/, '') ?? null
}

function indexed(all: Resource[]): Index {
  const byUrl = new Map<string, Resource | null>()
  for (const resource of all) {
    const url = normalized(resource.id)
    if (url !== null) byUrl.set(url, byUrl.has(url) ? null : resource)
  }
  return { all, byId: new Map(all.map(resource => [resource.id, resource])), byUrl }
}
