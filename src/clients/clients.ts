import { isDeepStrictEqual } from 'node:util'
import { LockMode } from '@mikro-orm/core'
import type { Kind } from '../audit/catalogue.ts'
import type { Actor } from '../base/actor.ts'
import { isText, looksLikeId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { insert } from '../storage/database/insert.ts'
import { changeable, existing } from './changeable.ts'
import { Client, COMMAND_LINE_CLIENT, OWN_CLIENT } from './client.ts'
import type { SecretSummary } from './client-secrets/client-secret.ts'
import type { NewSecret, Rotation } from './client-secrets/secret-changes.ts'
import { addSecret, removeSecret, rotateSecret, settleSecrets } from './client-secrets/secret-changes.ts'
import { holdRoles } from './held-roles.ts'
import { type InUse, inUse } from './in-use.ts'
import { BY_OPERATOR, type Registrant } from './registrant.ts'
import { type ClientRegistration, type ClientUpdate, checkRegistration, updatedRegistration } from './registration.ts'
import type { RegisteredBy } from './self-registration/registration-policy.ts'

type WithSecret = { client: Client; secret: string }

const CONSENTS = 'select account_id from consent where client_id = ?'

/**
 * The relying parties, registered by operators, or by themselves (self-registration/self-registration.ts). Every protocol
 * request reads one, so each process caches them until the database announces a change.
 */
export class Clients {
  readonly #app
  readonly #known: Cache<Client>

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes' | 'keys' | 'secretUse'>) {
    this.#app = app
    this.#known = new Cache({
      changes: app.changes,
      topic: 'client',
      load: id => this.#app.em.fork().findOne(Client, { id }),
    })
  }

  /** For the protocol: from the cache of this process. */
  async findCached(id: string): Promise<Client | null> {
    return isText(id) ? this.#known.get(id) : null
  }

  /** What at least one client is registered for. Each installation has the response type `code`. */
  async inUse(): Promise<InUse> {
    return inUse(this.#app.em)
  }

  /** @param by only those registered by one of these @param token only those registered with this registration token */
  list({ by, token }: { by?: RegisteredBy | undefined; token?: string | undefined } = {}): Promise<Client[]> {
    const which = {
      ...(by !== undefined && { registeredBy: by }),
      ...(token !== undefined && { registeredBy: by ?? 'token', registeredWith: token }),
    }
    return this.#app.em.find(Client, which, { orderBy: { createdAt: 'asc' } })
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

  /** An operator changes a client. @throws NotFound, InvalidInput */
  #change<T>(id: string, change: (client: Client) => T | Promise<T>): Promise<T> {
    return this.#app.atomically(async () => change(changeable(existing(id, await this.lock(id)))))
  }

  /**
   * @returns the client and its secret, which cannot be read again; null for clients without one
   * @throws InvalidInput, Conflict
   */
  async register(
    registration: ClientRegistration,
    { by, from = BY_OPERATOR }: { by: Actor; from?: Registrant },
  ): Promise<{ client: Client; secret: string | null }> {
    const checked = checkRegistration(registration)
    // A client is the `sub` of its own tokens, which must never name a person.
    if (checked.id && looksLikeId(checked.id))
      throw new InvalidInput({ id: 'must not look like an account id (a UUID); choose another' })
    if (checked.id === OWN_CLIENT || checked.id === COMMAND_LINE_CLIENT)
      throw new InvalidInput({ id: 'is reserved for Gatehouse itself; choose another' })
    const createdAt = this.#app.clock.now()
    const id = checked.id ?? `client_${newId(createdAt).replaceAll('-', '')}`
    const client = Object.assign(new Client(), checked, from, { id, createdAt, secrets: [] })
    const secret = settleSecrets(client, createdAt)
    await this.#app.keys.ensure([client.idTokenAlg], { by })
    const reason = from.registeredBy === 'operator' ? {} : { reason: from.registeredBy }
    await this.#app.atomically(async () => {
      await holdRoles(this.#app.em, client)
      this.#app.audit.record('client.registered', { by, target: client.id, ...reason })
      await insert(this.#app.em, client, `a client with the id ${client.id} already exists`)
    })
    return { client, secret }
  }

  /** @throws NotFound, InvalidInput */
  async update(id: string, changes: ClientUpdate, { by }: { by: Actor }): Promise<Client> {
    const { idTokenAlg } = updatedRegistration(changeable(await this.find(id)), changes, this.#app.clock.now())
    // Before the transaction, in which a new key would take long to make.
    await this.#app.keys.ensure([idTokenAlg], { by })
    return this.#change(id, async client => {
      const checked = updatedRegistration(client, changes, this.#app.clock.now())
      Object.assign(client, checked)
      await holdRoles(this.#app.em, client)
      // A program may not take back what an operator has decided about its scopes.
      if (client.registrationPolicy && changes.scopes)
        client.registrationPolicy = { ...client.registrationPolicy, scopes: checked.scopes }
      this.#app.audit.record('client.updated', { by, target: id })
      return client
    })
  }

  /**
   * A client, which is locked, replaces its own registration, except for what only operators decide.
   * @returns its new secret if it had none and needs one; null otherwise
   * @throws InvalidInput
   */
  async replace(client: Client, changes: Partial<ClientRegistration>, { by }: { by: Actor }): Promise<string | null> {
    const before = client.fields()
    Object.assign(client, checkRegistration({ ...client.registration(), ...changes } as ClientRegistration))
    const secret = settleSecrets(client, this.#app.clock.now())
    if (isDeepStrictEqual(client.fields(), before)) return null
    this.#app.audit.record('client.updated', { by, target: client.id })
    await this.#app.em.flush()
    return secret
  }

  /** Those that can be used, the newest last. @throws NotFound */
  async secrets(id: string): Promise<SecretSummary[]> {
    return this.#app.secretUse.summaries(await this.find(id))
  }

  /** Another one; at most two can be used at a time. @returns it, once @throws NotFound, InvalidInput, Conflict */
  async addSecret(id: string, { by, ...given }: { by: Actor } & NewSecret): Promise<WithSecret> {
    return this.#changeSecrets(id, 'client.secret-rotated', { by }, (client, now) => addSecret(client, given, now))
  }

  /**
   * The old secrets stop working at once, or at `keepOldUntil`, within 90 days. A client that has authenticated without one
   * can get one first, and then use it.
   * @returns the new one, which cannot be read again @throws NotFound, InvalidInput, Conflict
   */
  async rotateSecret(id: string, { by, keepOldUntil }: { by: Actor } & Rotation): Promise<WithSecret> {
    const rotate = (client: Client, now: Date) => rotateSecret(client, keepOldUntil, now)
    return this.#changeSecrets(id, 'client.secret-rotated', { by }, rotate)
  }

  /** It stops working at once. @throws NotFound, Conflict if it is the last one of a client that needs one */
  async removeSecret(id: string, secretId: string, { by }: { by: Actor }): Promise<Client> {
    const remove = (client: Client, now: Date) => removeSecret(client, secretId, now)
    return (await this.#changeSecrets(id, 'client.secret-removed', { by }, remove)).client
  }

  #changeSecrets<T>(
    id: string,
    kind: Kind & `client.secret-${string}`,
    { by }: { by: Actor },
    change: (client: Client, now: Date) => T,
  ): Promise<{ client: Client; secret: T }> {
    return this.#change(id, async client => {
      const secret = change(client, this.#app.clock.now())
      this.#app.audit.record(kind, { by, target: id })
      await this.#app.em.flush()
      await this.#app.secretUse.forget(id)
      return { client, secret }
    })
  }

  /** A client that registered itself becomes one of the operator: it no longer manages itself, and is never removed as unused. */
  async adopt(id: string, { by }: { by: Actor }): Promise<Client> {
    return this.#change(id, client => {
      this.#app.audit.record('client.adopted', { by, target: id })
      return Object.assign(client, BY_OPERATOR)
    })
  }

  /** Removes the client with all consents to it. @throws NotFound */
  async remove(id: string, { by, reason }: { by: Actor; reason?: 'unused' }): Promise<void> {
    await this.#app.atomically(async () => {
      const client = existing(id, await this.lock(id))
      // An operator may have adopted it since it was found to be unused.
      if (reason === 'unused' && !client.selfRegistered) return
      const consents = await this.#app.em.execute<{ account_id: string }[]>(CONSENTS, [id])
      for (const { account_id: subject } of consents)
        this.#app.audit.record('consent.revoked', { by, subject, target: id, reason: 'client-removed' })
      this.#app.em.remove(client)
      this.#app.audit.record('client.removed', { by, target: id, ...(reason && { reason }) })
    })
  }
}
