import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import type { App } from '../../app.ts'
import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { impersonationOf, lastMetadata, sessionMetadata } from '../../sessions/session-metadata.ts'
import type { Artifact, Kind } from '../../storage/artifacts/artifacts.ts'
import { revocationKeys } from '../../storage/artifacts/revocations.ts'
import { clientMetadata } from '../clients/client-metadata.ts'
import { describedClient } from '../clients/described-client.ts'
import { lasts } from '../impersonation/lasting.ts'
import { NOTICED_FOR } from '../impersonation/mark.ts'
import type { People } from '../people/people.ts'
import {
  currentImpersonation,
  currentRoute,
  currentSession,
  currentUnit,
  currentVisitor,
} from '../provider/current-request.ts'
import { UNTOUCHED_INTERACTION, unexpiredInStore } from '../provider/lifetimes.ts'
import { mayRetry } from './retries.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** Records whose grant the library looks up next. */
const WITH_GRANT = new Set<Kind>(['AuthorizationCode', 'RefreshToken', 'AccessToken'])
/** What ends when everyone is signed out. */
const ENDS = new Set<Kind>([...WITH_GRANT, 'Session', 'Grant', 'ClientCredentials'])
const ROUTES_WITH_GRANT = new Set(['token', 'userinfo'])

/** An unchanged session is written again once this share of its lifetime, or this many seconds, have passed. */
const REWRITE_AFTER = 0.02
const SEEN_EVERY = 15 * 60

type Parts = Needs<
  | 'artifacts'
  | 'clients'
  | 'clock'
  | 'config'
  | 'metadataDocuments'
  | 'roles'
  | 'tokenKeys'
  | 'unconfirmedResponses'
  | 'verification'
> & {
  people: People
  scope: App['scope']
}

/**
 * The storage of the library's models: clients are read from `clients`, everything that expires is in `artifacts`.
 * In a protocol request, writes go into its unit of work; elsewhere they are made at once.
 */
export function createAdapter(app: Parts): AdapterFactory {
  return kind => (kind === 'Client' ? clientAdapter(app) : new ArtifactAdapter(kind, app))
}

function clientAdapter({ clients, ...app }: Parts): Adapter {
  const unsupported = () => Promise.reject(new Error('clients are registered by operators, not through the protocol'))
  return {
    async find(id) {
      const client = await (isDocumentAddress(id) ? describedClient(id, app) : clients.findCached(id))
      return client ? clientMetadata(client) : undefined
    },
    upsert: unsupported,
    findByUserCode: unsupported,
    findByUid: unsupported,
    consume: unsupported,
    destroy: unsupported,
    revokeByGrantId: unsupported,
  }
}

class ArtifactAdapter implements Adapter {
  readonly #kind: Kind
  readonly #app: Parts
  /** Sessions as they were read, to detect whether anything but their times has changed. */
  readonly #found = new WeakMap<UnitOfWork, { id: string; content: string; at: number }>()

  constructor(kind: Kind, app: Parts) {
    this.#kind = kind
    this.#app = app
  }

  async upsert(id: string, payload: AdapterPayload, ttl: number): Promise<void> {
    const unit = currentUnit()
    if (this.#kind === 'Interaction' && currentRoute() === 'authorization') {
      // Its cookies last longer: as long as the interaction can, once a person submits a form.
      unit?.put('Interaction', id, untouched(payload), UNTOUCHED_INTERACTION)
      return
    }
    if (this.#kind === 'Grant') {
      payload.registered = await this.#registered(payload)
      payload.sessionUid = currentSession()
      payload.impersonation = currentImpersonation()
    }
    const kept = (this.#kind === 'Interaction' ? withoutCookie(payload) : payload) as Artifact
    if (!unit) {
      await this.#app.artifacts.commit([{ do: 'put', kind: this.#kind, id, payload: kept, ttl }])
    } else if (this.#kind !== 'Session') {
      unit.put(this.#kind, id, kept, ttl)
    } else if (this.#changed(unit, id, payload, ttl)) {
      const seen = sessionMetadata(currentVisitor(), epoch(this.#app.clock.now()))
      unit.put('Session', id, { ...payload, seen }, impersonationOf(payload) ? ttl + NOTICED_FOR : ttl)
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#find(id)
    return !found || (await this.#ended(found)) ? undefined : unexpiredInStore(this.#kind, found)
  }

  async #find(id: string): Promise<AdapterPayload | undefined> {
    const unit = currentUnit()
    if (this.#kind === 'Grant') return this.#grant(await (unit ?? this.#app.artifacts).get('Grant', id))
    if (!unit) return this.#app.artifacts.get(this.#kind, id)
    const withGrant = WITH_GRANT.has(this.#kind) && ROUTES_WITH_GRANT.has(currentRoute() ?? '')
    const found = await (withGrant ? unit.getWithGrant(this.#kind, id) : unit.get(this.#kind, id))
    if (found && this.#kind === 'Session')
      this.#found.set(unit, { id, content: content(found), at: lastMetadata(found).at })
    const retry = currentRoute() === 'token' && found && (await mayRetry(this.#kind, id, found, this.#app))
    return retry ? { ...found, consumed: undefined } : found
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = await this.#app.artifacts.byUid(this.#kind, uid)
    return found && !(await this.#ended(found)) ? found : undefined
  }

  /** The library calls it in the device flow only, which is not offered. */
  async findByUserCode(): Promise<undefined> {}

  async consume(id: string): Promise<void> {
    const unit = currentUnit()
    if (!unit) throw new Error(`a ${this.#kind} was consumed outside of a request`)
    unit.consume(this.#kind, id, epoch(this.#app.clock.now()))
  }

  async destroy(id: string): Promise<void> {
    const unit = currentUnit()
    if (this.#kind === 'Grant') await (unit ?? this.#app.artifacts).dropGrant(id)
    else if (unit) unit.drop(this.#kind, id)
    else await this.#app.artifacts.commit([{ do: 'drop', kind: this.#kind, id }])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await (currentUnit() ?? this.#app.artifacts).dropGrant(grantId)
  }

  /** Whether the record was ended although the store has it, as after a failover or a restored backup. */
  async #ended(found: Artifact | AdapterPayload): Promise<boolean> {
    const began = found.loginTs ?? found.authTime ?? found.iiat ?? found.iat
    const { signedOutAt } = currentUnit()?.installation ?? (await this.#app.tokenKeys.installation())
    if (ENDS.has(this.#kind) && Number(began) <= signedOutAt) return true
    const mark = impersonationOf(found)
    if (mark && !(await lasts(mark, String(found.accountId), this.#app))) return true
    const person = typeof found.accountId === 'string' ? await this.#app.people.find(found.accountId) : null
    return person !== null && person.ended.size > 0 && revocationKeys(found).some(name => person.ended.has(name))
  }

  /** A grant belongs to one registration of its client: a client registered again under the same id inherits none. */
  async #grant(found: Artifact | undefined): Promise<AdapterPayload | undefined> {
    return found && found.registered === (await this.#registered(found)) ? found : undefined
  }

  async #registered({ clientId }: Artifact | AdapterPayload): Promise<number | undefined> {
    const client = await this.#app.clients.findCached(String(clientId))
    return client?.createdAt.getTime()
  }

  #changed(unit: UnitOfWork, id: string, payload: AdapterPayload, ttl: number): boolean {
    const before = this.#found.get(unit)
    const age = epoch(this.#app.clock.now()) - (before?.at ?? 0)
    return before?.id !== id || before.content !== content(payload) || age > Math.min(ttl * REWRITE_AFTER, SEEN_EVERY)
  }
}

/** A session's content without its times, independent of the order of its properties. */
function content({ iat, exp, seen, ...rest }: Artifact | AdapterPayload): string {
  return JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** An interaction that has just begun, with its short lifetime. */
function untouched(payload: AdapterPayload): Artifact {
  return { ...withoutCookie(payload), exp: (payload.iat ?? 0) + UNTOUCHED_INTERACTION } as Artifact
}

/** Removes the session's id, a credential, from an interaction: it is never read, and a dump must not contain it. */
function withoutCookie({ session, ...rest }: AdapterPayload): AdapterPayload {
  if (!session) return rest
  const { cookie, ...kept } = session
  return { ...rest, session: kept }
}
