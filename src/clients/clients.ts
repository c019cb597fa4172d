import { isDeepStrictEqual } from 'node:util'
import { LockMode } from '@mikro-orm/core'
import type { Kind } from '../audit/catalogue.ts'
import { difference } from '../audit/difference.ts'
import type { Actor } from '../base/actor.ts'
import { isText, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { insert } from '../storage/database/insert.ts'
import { type ClientChange, changeable, consentingAccounts, existing, guarded, requireFreeId } from './changeable.ts'
import { Client } from './client.ts'
import { type ClientFilter, type ClientPage, conditions, pageOfClients } from './client-filter.ts'
import type { SecretSummary } from './client-secrets/client-secret.ts'
import type { NewSecret, Rotation } from './client-secrets/secret-changes.ts'
import { addSecret, removeSecret, rotateSecret, settleSecrets } from './client-secrets/secret-changes.ts'
import { holdRoles } from './held-roles.ts'
import { type InUse, inUse } from './in-use.ts'
import { BY_OPERATOR, type Registrant } from './registrant.ts'
import { type ClientRegistration, type ClientUpdate, checkRegistration, updatedRegistration } from './registration.ts'
import { loadClient } from './token-key.ts'

type WithSecret = { client: Client; secret: string }

/**
 * The relying parties, registered by operators, or by themselves (self-registration/self-registration.ts). Every protocol
 * request reads one, so each process caches them until the database announces a change.
 */
export class Clients {
  readonly #app
  readonly #known: Cache<Client>

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes' | 'keys' | 'secretUse'>) {
    this.#app = app
    this.#known = new Cache({ changes: app.changes, topic: 'client', load: id => loadClient(app.em.fork(), id) })
  }

  /** For the protocol: from the cache of this process. */
  async findCached(id: string): Promise<Client | null> {
    return isText(id) ? this.#known.get(id) : null
  }

  /** What at least one client is registered for. Each installation has the response type `code`. */
  async inUse(): Promise<InUse> {
    return inUse(this.#app.em)
  }

  /** The oldest first. */
  list(which: ClientFilter = {}): Promise<Client[]> {
    return this.#app.em.find(Client, conditions(which), { orderBy: { createdAt: 'asc' } })
  }

  /** A page of them, in the order of their IDs. @throws InvalidInput */
  page(which: ClientPage): Promise<Client[]> {
    return pageOfClients(this.#app.em, which)
  }

  /** @throws NotFound */
  async find(id: string): Promise<Client> {
    return existing(id, isText(id) ? await this.#app.em.findOne(Client, { id }) : null)
  }

  /** As it is now, and stays until the transaction ends: an operator and the client itself may change it at the same time. */
  async lock(id: string): Promise<Client | null> {
    if (!isText(id)) return null
    return this.#app.em.findOne(Client, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  }

  /** An operator or an administrator changes a client. @throws NotFound, InvalidInput */
  #change<T>(id: string, change: ClientChange, work: (client: Client) => T | Promise<T>): Promise<T> {
    return this.#app.atomically(async () => guarded(changeable(existing(id, await this.lock(id))), change, work))
  }

  /**
   * @returns the client and its secret, which cannot be read again; null for clients without one
   * @throws InvalidInput, Conflict
   */
  async register(
    registration: ClientRegistration,
    { by, allow, from = BY_OPERATOR }: Omit<ClientChange, 'expect'> & { from?: Registrant },
  ): Promise<{ client: Client; secret: string | null }> {
    const checked = checkRegistration(registration)
    if (checked.id !== undefined) requireFreeId(checked.id)
    const createdAt = this.#app.clock.now()
    const id = checked.id ?? `client_${newId(createdAt).replaceAll('-', '')}`
    const client = Object.assign(new Client(), checked, from, { id, createdAt, secrets: [] })
    allow?.(client)
    const secret = settleSecrets(client, createdAt)
    await this.#app.keys.ensure([client.idTokenAlg], { by })
    const reason = from.registeredBy === 'operator' ? {} : { reason: from.registeredBy }
    await this.#app.atomically(async () => {
      await holdRoles(this.#app.em, client.signInRoles())
      this.#app.audit.record('client.registered', { by, target: client.id, ...reason })
      await insert(this.#app.em, client, `a client with the id ${client.id} already exists`)
    })
    return { client, secret }
  }

  /** @throws NotFound, InvalidInput */
  async update(id: string, changes: ClientUpdate, change: ClientChange): Promise<Client> {
    const { by, allow } = change
    const found = changeable(await this.find(id))
    allow?.(found)
    const { idTokenAlg } = updatedRegistration(found, changes, this.#app.clock.now())
    // Before the transaction, in which a new key would take long to make.
    await this.#app.keys.ensure([idTokenAlg], { by })
    return this.#change(id, change, async client => {
      const before = client.audited()
      const checked = updatedRegistration(client, changes, this.#app.clock.now())
      Object.assign(client, checked)
      await holdRoles(this.#app.em, client.signInRoles())
      // A program may not take back what an operator has decided about its scopes.
      if (client.registrationPolicy && changes.scopes)
        client.registrationPolicy = { ...client.registrationPolicy, scopes: checked.scopes }
      this.#app.audit.record('client.updated', { by, target: id, changes: difference(before, client.audited()) })
      return client
    })
  }

  /**
   * A client, which is locked, replaces its own registration, except for what only operators decide.
   * @returns its new secret if it had none and needs one; null otherwise
   * @throws InvalidInput
   */
  async replace(client: Client, changes: Partial<ClientRegistration>, { by }: { by: Actor }): Promise<string | null> {
    const [before, shown] = [client.fields(), client.audited()]
    Object.assign(client, checkRegistration({ ...client.registration(), ...changes } as ClientRegistration))
    const secret = settleSecrets(client, this.#app.clock.now())
    if (isDeepStrictEqual(client.fields(), before)) return null
    const changed = difference(shown, client.audited())
    this.#app.audit.record('client.updated', { by, target: client.id, changes: changed })
    await this.#app.em.flush()
    return secret
  }

  /** Those that can be used, the newest last. @throws NotFound */
  async secrets(id: string): Promise<SecretSummary[]> {
    return this.#app.secretUse.summaries(await this.find(id))
  }

  /** Another one; at most two can be used at a time. @returns it, once @throws NotFound, InvalidInput, Conflict */
  async addSecret(id: string, change: ClientChange & NewSecret): Promise<WithSecret> {
    return this.#changeSecrets(id, 'client.secret-rotated', change, (client, now) => addSecret(client, change, now))
  }

  /**
   * The old secrets stop working at once, or at `keepOldUntil`, within 90 days. A client that has authenticated without one
   * can get one first, and then use it.
   * @returns the new one, which cannot be read again @throws NotFound, InvalidInput, Conflict
   */
  async rotateSecret(id: string, change: ClientChange & Rotation): Promise<WithSecret> {
    const rotate = (client: Client, now: Date) => rotateSecret(client, change.keepOldUntil, now)
    return this.#changeSecrets(id, 'client.secret-rotated', change, rotate)
  }

  /** It stops working at once. @throws NotFound, Conflict if it is the last one of a client that needs one */
  async removeSecret(id: string, secretId: string, change: ClientChange): Promise<Client> {
    const remove = (client: Client, now: Date) => removeSecret(client, secretId, now)
    return (await this.#changeSecrets(id, 'client.secret-removed', change, remove)).client
  }

  #changeSecrets<T>(
    id: string,
    kind: Kind & `client.secret-${string}`,
    change: ClientChange,
    work: (client: Client, now: Date) => T,
  ): Promise<{ client: Client; secret: T }> {
    return this.#change(id, change, async client => {
      const secret = work(client, this.#app.clock.now())
      this.#app.audit.record(kind, { by: change.by, target: id })
      await this.#app.em.flush()
      await this.#app.secretUse.forget(id)
      return { client, secret }
    })
  }

  /** A client that registered itself becomes one of the operator: it no longer manages itself, and is never removed as unused. */
  async adopt(id: string, change: ClientChange): Promise<Client> {
    return this.#change(id, change, client => {
      this.#app.audit.record('client.adopted', { by: change.by, target: id })
      return Object.assign(client, BY_OPERATOR)
    })
  }

  /** Removes the client with all consents to it. @throws NotFound */
  async remove(id: string, { reason, ...change }: ClientChange & { reason?: 'unused' }): Promise<void> {
    const { by } = change
    await this.#app.atomically(async () => {
      const client = existing(id, await this.lock(id))
      // An operator may have adopted it since it was found to be unused.
      if (reason === 'unused' && !client.selfRegistered) return
      await guarded(client, change, () => this.#app.em.remove(client))
      for (const subject of await consentingAccounts(this.#app.em, id))
        this.#app.audit.record('consent.revoked', { by, subject, target: id, reason: 'client-removed' })
      this.#app.audit.record('client.removed', { by, target: id, ...(reason && { reason }) })
    })
  }
}
