import { randomInt } from 'node:crypto'
import type { Artifact, Artifacts, Change, Kind } from '../../storage/artifacts/artifacts.ts'
import type { Installation } from '../../token-revocations/token-keys.ts'

/** Records that may be ended elsewhere while a request uses them; writing them must not bring them back. */
const MAY_END: ReadonlySet<Kind> = new Set(['Session', 'Grant'])

/**
 * Collects the writes of one request and commits them in one atomic step at its end.
 * The library writes record by record, and consumes by read, check, write. Committed together, the consumption
 * of a code and the tokens made from it happen both or not at all, in a single round trip, and one of two parallel
 * redemptions is refused. So is a request that uses a session or grant that was ended after the request read it.
 */
export class UnitOfWork {
  /** Distinguishes this attempt from others that consume the same record. */
  readonly attempt = String(randomInt(2 ** 47))
  /** What was known of the installation when the request began. */
  readonly installation: Installation
  readonly #artifacts: Artifacts
  readonly #changes = new Map<string, Change>()
  readonly #read = new Map<string, Artifact | undefined>()
  readonly #found = new Set<string>()
  readonly #dropped = new Map<string, Promise<void>>()
  #failed = false

  constructor(artifacts: Artifacts, installation: Installation) {
    this.#artifacts = artifacts
    this.installation = installation
  }

  put(kind: Kind, id: string, payload: Artifact, ttl: number): void {
    this.#changes.set(name(kind, id), { do: 'put', kind, id, payload, ttl })
    this.#read.set(name(kind, id), payload)
  }

  consume(kind: Kind, id: string, at: number): void {
    this.#changes.set(name(kind, id), { do: 'consume', kind, id, at, by: this.attempt })
  }

  drop(kind: Kind, id: string): void {
    this.#changes.set(name(kind, id), { do: 'drop', kind, id })
    this.#read.set(name(kind, id), undefined)
  }

  /** Drops a record that was found by its key. */
  dropByKey(kind: Kind, key: string): void {
    this.#changes.set(name(kind, `key ${key}`), { do: 'drop', kind, key })
  }

  /** Drops a grant and everything under it at once, without waiting for the commit. Several models ask for the same. */
  dropGrant(grantId: string): Promise<void> {
    const dropping = this.#dropped.get(grantId) ?? this.#artifacts.dropGrant(grantId)
    this.#dropped.set(grantId, dropping)
    this.#read.set(name('Grant', grantId), undefined)
    return dropping
  }

  async get(kind: Kind, id: string): Promise<Artifact | undefined> {
    const key = name(kind, id)
    if (!this.#read.has(key)) this.#keep(kind, id, await this.#artifacts.get(kind, id))
    return this.#read.get(key)
  }

  /** Reads a code or token together with its grant, which is needed next, in one round trip. */
  async getWithGrant(kind: Kind, id: string): Promise<Artifact | undefined> {
    const key = name(kind, id)
    if (this.#read.has(key)) return this.#read.get(key)
    const { record, grant } = await this.#artifacts.getWithGrant(kind, id)
    this.#keep(kind, id, record)
    if (record?.grantId) this.#keep('Grant', record.grantId, grant)
    return record
  }

  /** Reads the record from the store, ignoring what this request is going to write. */
  stored(kind: Kind, id: string): Promise<Artifact | undefined> {
    return this.#artifacts.get(kind, id)
  }

  /** Discards the collected writes except drops, because the work failed. */
  abandon(): void {
    for (const [key, change] of this.#changes) if (change.do !== 'drop') this.#changes.delete(key)
  }

  /** Discards all collected writes, and lets nothing be committed later: the response is a server error. */
  fail(): void {
    this.#failed = true
    this.#changes.clear()
  }

  /** @returns false, and writes nothing, if a record was consumed before, or a session or grant has ended meanwhile */
  async commit(): Promise<boolean> {
    if (this.#failed || this.#changes.size === 0) return true
    const changes = [...this.#changes]
    this.#changes.clear()
    // A session put under a new id replaces the old one, which must still be there; a logout puts no session.
    const renewsSession = changes.some(([, change]) => change.do === 'put' && change.kind === 'Session')
    const guarded = (key: string, change: Change) =>
      this.#found.has(key) && (change.do === 'put' || (change.kind === 'Session' && renewsSession))
    return this.#artifacts.commit(
      changes.map(([key, change]) => (guarded(key, change) ? { ...change, ifPresent: true } : change)),
    )
  }

  #keep(kind: Kind, id: string, found: Artifact | undefined): void {
    this.#read.set(name(kind, id), found)
    if (found && MAY_END.has(kind)) this.#found.add(name(kind, id))
  }
}

function name(kind: Kind, id: string): string {
  return `${kind}:${id}`
}
