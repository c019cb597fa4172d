import { randomInt } from 'node:crypto'
import type { Artifact, Artifacts, Change, Kind } from '../../storage/artifacts/artifacts.ts'

/** What others may end while a request goes on with it: it is not brought back to life. */
const MAY_END: ReadonlySet<Kind> = new Set(['Session', 'Grant'])

/**
 * What one request writes, kept back and committed in one atomic step at its end. The library writes record by record
 * and consumes by read, check, write; committed together, the consumption of a code and the tokens made from it happen
 * both or not at all, in a single round trip, and of two parallel redemptions one finds itself refused. So does whoever
 * goes on with a session or a grant that somebody has ended since it was read.
 */
export class UnitOfWork {
  /** Tells this attempt from every other one that consumes the same record. */
  readonly attempt = String(randomInt(2 ** 47))
  readonly #artifacts: Artifacts
  readonly #changes = new Map<string, Change>()
  readonly #read = new Map<string, Artifact | undefined>()
  readonly #found = new Set<string>()
  readonly #dropped = new Map<string, Promise<void>>()
  #failed = false

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts
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

  /** A grant and all under it, at once: what revokes is not kept back. Several models ask for the same. */
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

  /** A code or token whose grant will be asked for next: both in one round trip. */
  async getWithGrant(kind: Kind, id: string): Promise<Artifact | undefined> {
    const key = name(kind, id)
    if (this.#read.has(key)) return this.#read.get(key)
    const { record, grant } = await this.#artifacts.getWithGrant(kind, id)
    this.#keep(kind, id, record)
    if (record?.grantId) this.#keep('Grant', record.grantId, grant)
    return record
  }

  /** As the store has it now, whatever this request meant to write. */
  stored(kind: Kind, id: string): Promise<Artifact | undefined> {
    return this.#artifacts.get(kind, id)
  }

  /** Forgets what has not been written, but for what was to be dropped: the work failed. */
  abandon(): void {
    for (const [key, change] of this.#changes) if (change.do !== 'drop') this.#changes.delete(key)
  }

  /** The request is answered with an error of ours: it writes nothing any more. */
  fail(): void {
    this.#failed = true
    this.#changes.clear()
  }

  /** False, and nothing is written, where something that was to be consumed is already, or what was read has ended. */
  async commit(): Promise<boolean> {
    if (this.#failed || this.#changes.size === 0) return true
    const changes = [...this.#changes]
    this.#changes.clear()
    // A session that is put under a new id takes the place of the old one; whoever signs out puts none.
    const goesOn = changes.some(([, change]) => change.do === 'put' && change.kind === 'Session')
    const guarded = (key: string, change: Change) =>
      this.#found.has(key) && (change.do === 'put' || (change.kind === 'Session' && goesOn))
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
