import type { Changes } from './changes.ts'

/** Maximum age of an entry while notifications don't arrive. */
const SILENT_AGE_MS = 1_000

interface CacheOptions<Value> {
  changes: Changes
  topic: string
  load: (id: string) => Promise<Value | null>
  /** A single value built from many rows: any change of the topic drops it. */
  whole?: boolean
  size?: number
  /** Milliseconds. */
  maxAge?: number
}

/**
 * An in-process cache of rows that are read at every request. A row is dropped when the database notifies of its change,
 * whichever interface made it. While the notification connection is lost, nothing is cached; while it is up but silent
 * (`silent`), entries live for a second. The maximum age covers any case that was overlooked.
 */
export class Cache<Value> {
  readonly #options: Required<CacheOptions<Value>>
  readonly #values = new Map<string, { value: Promise<Value | null>; until: number }>()

  constructor(options: CacheOptions<Value>) {
    this.#options = { whole: false, size: 10_000, maxAge: 60_000, ...options }
    const { changes, topic, whole } = this.#options
    changes.subscribe(topic, id => {
      if (id === null || whole) this.#values.clear()
      else this.#values.delete(id)
    })
  }

  /** Concurrent requests share one read of a row. */
  get(id: string): Promise<Value | null> {
    const found = this.#values.get(id)
    if (found && found.until > Date.now()) return found.value
    const { changes, load, maxAge } = this.#options
    const value = load(id)
    if (changes.receiving) this.#remember(id, value, maxAge)
    else if (changes.silent) this.#remember(id, value, Math.min(maxAge, SILENT_AGE_MS))
    return value
  }

  #remember(id: string, value: Promise<Value | null>, age: number): void {
    const entry = { value, until: Date.now() + age }
    this.#values.delete(id)
    if (this.#values.size >= this.#options.size) this.#values.delete(this.#values.keys().next().value!)
    this.#values.set(id, entry)
    const invalidate = () => {
      if (this.#values.get(id) === entry) this.#values.delete(id)
    }
    // Missing rows are not cached: they may be created at any time, and made-up names could fill the memory.
    value.then(loaded => loaded === null && invalidate(), invalidate)
  }
}
