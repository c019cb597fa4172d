import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { lastMetadata, sessionMetadata } from '../../sessions/session-metadata.ts'
import type { Artifact, Kind } from '../../storage/artifacts/artifacts.ts'
import { endedNames } from '../../storage/artifacts/ends.ts'
import { clientMetadata } from '../clients/client-metadata.ts'
import type { People } from '../people/people.ts'
import { currentRoute, currentSession, currentUnit, currentVisitor } from '../provider/current-request.ts'
import { aliveInStore, UNTOUCHED_INTERACTION } from '../provider/lifetimes.ts'
import { REPLAYED_ANSWER, withinReplayWindow } from './replay-window.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** Whose grant the library asks for right after. */
const WITH_GRANT = new Set<Kind>(['AuthorizationCode', 'RefreshToken', 'AccessToken'])
/** What is exchanged for tokens once. */
const REDEEMED = new Set<Kind>(['AuthorizationCode', 'RefreshToken'])
const ROUTES_THAT_ASK = new Set(['token', 'userinfo'])

/** A session is written again when it has changed, or when this share of its life has passed, or this many seconds. */
const REWRITE_AFTER = 0.02
const SEEN_EVERY = 15 * 60

type Parts = Needs<'artifacts' | 'clients' | 'clock' | 'config' | 'unconfirmedAnswers'> & { people: People }

/**
 * Where the library's models are kept: clients in their own noun, everything that expires in the artifacts. Inside a
 * request of the protocol, writes go into its unit of work; elsewhere they are made at once.
 */
export function createAdapter(app: Parts): AdapterFactory {
  return kind => (kind === 'Client' ? clientAdapter(app) : new ArtifactAdapter(kind, app))
}

function clientAdapter({ clients }: Needs<'clients'>): Adapter {
  const elsewhere = () => Promise.reject(new Error('clients are registered through the noun, not through the protocol'))
  return {
    find: async id => {
      const client = await clients.lookUp(id)
      return client ? clientMetadata(client) : undefined
    },
    upsert: elsewhere,
    findByUserCode: elsewhere,
    findByUid: elsewhere,
    consume: elsewhere,
    destroy: elsewhere,
    revokeByGrantId: elsewhere,
  }
}

class ArtifactAdapter implements Adapter {
  readonly #kind: Kind
  readonly #app: Parts
  /** Sessions as they were read, to see whether anything but their times has changed. */
  readonly #found = new WeakMap<UnitOfWork, { id: string; content: string; at: number }>()

  constructor(kind: Kind, app: Parts) {
    this.#kind = kind
    this.#app = app
  }

  async upsert(id: string, payload: AdapterPayload, ttl: number): Promise<void> {
    const unit = currentUnit()
    if (this.#kind === 'Interaction' && currentRoute() === 'authorization') {
      // Its cookies live as long as it may live once a person acts on it.
      unit?.put('Interaction', id, untouched(payload), UNTOUCHED_INTERACTION)
      return
    }
    if (this.#kind === 'Grant') {
      payload.registered = await this.#registered(payload)
      payload.sessionUid = currentSession()
    }
    const kept = (this.#kind === 'Interaction' ? withoutCookie(payload) : payload) as Artifact
    if (!unit) {
      await this.#app.artifacts.commit([{ do: 'put', kind: this.#kind, id, payload: kept, ttl }])
    } else if (this.#kind !== 'Session') {
      unit.put(this.#kind, id, kept, ttl)
    } else if (this.#changed(unit, id, payload, ttl)) {
      unit.put(
        'Session',
        id,
        { ...payload, seen: sessionMetadata(currentVisitor(), epoch(this.#app.clock.now())) },
        ttl,
      )
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#find(id)
    return !found || (await this.#ended(found)) ? undefined : aliveInStore(this.#kind, found)
  }

  async #find(id: string): Promise<AdapterPayload | undefined> {
    const unit = currentUnit()
    if (this.#kind === 'Grant') return this.#grant(await (unit ?? this.#app.artifacts).get('Grant', id))
    if (!unit) return this.#app.artifacts.get(this.#kind, id)
    const withGrant = WITH_GRANT.has(this.#kind) && ROUTES_THAT_ASK.has(currentRoute() ?? '')
    const found = await (withGrant ? unit.getWithGrant(this.#kind, id) : unit.get(this.#kind, id))
    if (found && this.#kind === 'Session')
      this.#found.set(unit, { id, content: content(found), at: lastMetadata(found).at })
    const asUnused = found && ((await this.#withinReplayWindow(id, found)) || (await this.#unconfirmed(id, found)))
    return asUnused ? { ...found, consumed: undefined } : found
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#app.artifacts.byUid(this.#kind, uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const found = await this.#app.artifacts.byUserCode(this.#kind, userCode)
    return found && (await this.#ended(found)) ? undefined : found
  }

  async consume(id: string): Promise<void> {
    const unit = currentUnit()
    if (!unit) throw new Error(`${this.#kind} is consumed outside of a request`)
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

  /** Whether it was ended though the store has it, as after a fail-over, or from a restored copy. */
  async #ended(found: Artifact | AdapterPayload): Promise<boolean> {
    const person = typeof found.accountId === 'string' ? await this.#app.people.find(found.accountId) : null
    return person !== null && person.ended.size > 0 && endedNames(found).some(name => person.ended.has(name))
  }

  /** A client that was removed and registered again under its name inherits nothing: a grant is of one registration. */
  async #grant(found: Artifact | undefined): Promise<AdapterPayload | undefined> {
    return found && found.registered === (await this.#registered(found)) ? found : undefined
  }

  async #registered({ clientId }: Artifact | AdapterPayload): Promise<number | undefined> {
    const client = await this.#app.clients.lookUp(String(clientId))
    return client?.createdAt.getTime()
  }

  #changed(unit: UnitOfWork, id: string, payload: AdapterPayload, ttl: number): boolean {
    const before = this.#found.get(unit)
    const age = epoch(this.#app.clock.now()) - (before?.at ?? 0)
    return before?.id !== id || before.content !== content(payload) || age > Math.min(ttl * REWRITE_AFTER, SEEN_EVERY)
  }

  /**
   * A refresh token that was used a moment ago goes through all checks once more as if unused; consuming it then fails
   * and the answer that it was given is given again (refresh-replay.ts). Later than that, it counts as stolen.
   */
  async #withinReplayWindow(id: string, { consumed }: Artifact): Promise<boolean> {
    if (consumed === undefined || this.#kind !== 'RefreshToken' || currentRoute() !== 'token') return false
    const use = { consumed, now: epoch(this.#app.clock.now()), window: this.#app.config.refreshReplayWindow }
    return withinReplayWindow(use, () => this.#app.artifacts.get(REPLAYED_ANSWER, id))
  }

  /** So does a code or refresh token whose answer may not have reached its client. Asked of what was used before alone. */
  async #unconfirmed(id: string, { consumed, consumedBy }: Artifact): Promise<boolean> {
    if (consumed === undefined || !consumedBy || !REDEEMED.has(this.#kind) || currentRoute() !== 'token') return false
    return (await this.#app.unconfirmedAnswers.find({ token: id, attempt: consumedBy })) !== null
  }
}

/** But for its times, and in whatever order it stands. */
function content({ iat, exp, seen, ...rest }: Artifact | AdapterPayload): string {
  return JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** An interaction that has just begun. */
function untouched(payload: AdapterPayload): Artifact {
  return { ...withoutCookie(payload), exp: (payload.iat ?? 0) + UNTOUCHED_INTERACTION } as Artifact
}

/** An interaction notes the live id of the session beside its uid; nobody reads it, and a dump must not hold it. */
function withoutCookie({ session, ...rest }: AdapterPayload): AdapterPayload {
  if (!session) return rest
  const { cookie, ...kept } = session
  return { ...rest, session: kept }
}
