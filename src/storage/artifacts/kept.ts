import type { Config } from '../../base/config.ts'
import type { Needs } from '../../base/nouns.ts'
import { openUnder, sealUnder } from '../../base/sealing.ts'
import type { Artifact, Change, Drop, Kind } from './artifacts.ts'

/** A kind of temporary record: the type of its value, its lifetime, and who can read it in the store. */
export interface KeptKind<T extends object> {
  kind: Kind
  /** Seconds; `put` can override it. */
  ttl: number | ((config: Config) => number)
  /**
   * `by-server`: sealed with SECRET_KEYS. `under-id`: sealed with its ID, a secret that only its bearer knows. Omitted:
   * stored unencrypted, for data that operators may read.
   */
  sealed?: 'by-server' | 'under-id'
  /** Never set; ties the kind to the type of its values. */
  holds?: T
}

export function keptKind<T extends object>(kind: Kind, rest: Pick<KeptKind<T>, 'ttl' | 'sealed'>): KeptKind<T> {
  return { kind, ...rest }
}

/** Temporary records of our own, stored beside those of the protocol library. */
export class Kept {
  readonly #app

  constructor(app: Needs<'artifacts' | 'config' | 'sealing'>) {
    this.#app = app
  }

  /** Replaces an existing record. */
  async put<T extends object>(kind: KeptKind<T>, id: string, value: T, ttl?: number): Promise<void> {
    await this.commit([this.putting(kind, id, value, ttl)])
  }

  /** Returns false and changes nothing if a record exists; of concurrent calls one succeeds. */
  putFirst<T extends object>(kind: KeptKind<T>, id: string, value: T): Promise<boolean> {
    return this.#app.artifacts.putIfAbsent(kind.kind, id, this.#closed(kind, id, value), this.#ttl(kind))
  }

  async look<T extends object>(kind: KeptKind<T>, id: string): Promise<T | null> {
    const kept = await this.#app.artifacts.get(kind.kind, id)
    return kept ? this.#opened(kind, id, kept) : null
  }

  /** Removes the record and returns its value, if `fits` accepts it; of concurrent calls one gets it. */
  async take<T extends object>(
    kind: KeptKind<T>,
    id: string,
    fits: (value: T) => boolean | Promise<boolean> = () => true,
  ): Promise<T | null> {
    const value = await this.look(kind, id)
    if (value === null || !(await fits(value))) return null
    return (await this.drop(kind, id)) ? value : null
  }

  /** @returns whether there was a record; of concurrent calls one gets true */
  drop(kind: KeptKind<object>, id: string): Promise<boolean> {
    return this.commit([{ ...this.dropping(kind, id), ifPresent: true }])
  }

  /** The change for `commit` that drops a record, if it exists. */
  dropping({ kind }: KeptKind<object>, id: string): Drop {
    return { do: 'drop', kind, id }
  }

  putting<T extends object>(kind: KeptKind<T>, id: string, value: T, ttl = this.#ttl(kind)): Change {
    return { do: 'put', kind: kind.kind, id, payload: this.#closed(kind, id, value), ttl }
  }

  /** Makes several changes, all or none. */
  commit(changes: readonly Change[]): Promise<boolean> {
    return this.#app.artifacts.commit(changes)
  }

  #ttl({ ttl }: KeptKind<object>): number {
    return typeof ttl === 'number' ? ttl : ttl(this.#app.config)
  }

  #closed({ kind, sealed }: KeptKind<object>, id: string, value: object): Artifact {
    if (!sealed) return { value }
    const text = JSON.stringify(value)
    return { sealed: sealed === 'under-id' ? sealUnder(id, text) : this.#app.sealing.seal(text, `${kind}:${id}`) }
  }

  #opened<T extends object>({ kind, sealed }: KeptKind<T>, id: string, kept: Artifact): T {
    if (!sealed) return kept.value as T
    const text = String(kept.sealed)
    return JSON.parse(sealed === 'under-id' ? openUnder(id, text) : this.#app.sealing.open(text, `${kind}:${id}`))
  }
}
