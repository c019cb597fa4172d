import type { Config } from '../../base/config.ts'
import type { Needs } from '../../base/nouns.ts'
import { openUnder, sealUnder } from '../../base/sealing.ts'
import type { Artifact, Change, Drop, Kind } from './artifacts.ts'

/** One kind of record that is kept for a while: what it holds, for how long, and who can read it in the store. */
export interface KeptKind<T extends object> {
  kind: Kind
  /** Seconds; `put` can say otherwise. */
  ttl: number | ((config: Config) => number)
  /**
   * `by-server`: with SECRET_KEYS. `under-id`: under its id, a secret that only its bearer knows. Left out: as it is,
   * for what is no secret to operators.
   */
  sealed?: 'by-server' | 'under-id'
  /** Never there: ties the kind to the type of its values. */
  holds?: T
}

export function keptKind<T extends object>(kind: Kind, rest: Pick<KeptKind<T>, 'ttl' | 'sealed'>): KeptKind<T> {
  return { kind, ...rest }
}

/** Records that we keep for a while beside those of the protocol library: put, look, take. */
export class Kept {
  readonly #app

  constructor(app: Needs<'artifacts' | 'config' | 'sealing'>) {
    this.#app = app
  }

  /** In place of the one that is there. */
  async put<T extends object>(kind: KeptKind<T>, id: string, value: T, ttl?: number): Promise<void> {
    await this.commit([this.putting(kind, id, value, ttl)])
  }

  /** False where one is there, which stays: of several at once one is put. */
  putFirst<T extends object>(kind: KeptKind<T>, id: string, value: T): Promise<boolean> {
    return this.#app.artifacts.putIfAbsent(kind.kind, id, this.#closed(kind, id, value), this.#ttl(kind))
  }

  async look<T extends object>(kind: KeptKind<T>, id: string): Promise<T | null> {
    const kept = await this.#app.artifacts.get(kind.kind, id)
    return kept ? this.#opened(kind, id, kept) : null
  }

  /** Once: of several at once one gets it. @param fits what does not fit is not taken, and stays */
  async take<T extends object>(
    kind: KeptKind<T>,
    id: string,
    fits: (value: T) => boolean | Promise<boolean> = () => true,
  ): Promise<T | null> {
    const value = await this.look(kind, id)
    if (value === null || !(await fits(value))) return null
    return (await this.drop(kind, id)) ? value : null
  }

  /** @returns whether there was one; of several who drop it one did */
  drop(kind: KeptKind<object>, id: string): Promise<boolean> {
    return this.commit([{ ...this.dropping(kind, id), ifPresent: true }])
  }

  /** Whether or not there is one. */
  dropping({ kind }: KeptKind<object>, id: string): Drop {
    return { do: 'drop', kind, id }
  }

  putting<T extends object>(kind: KeptKind<T>, id: string, value: T, ttl = this.#ttl(kind)): Change {
    return { do: 'put', kind: kind.kind, id, payload: this.#closed(kind, id, value), ttl }
  }

  /** Several changes, all of them or none. */
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
