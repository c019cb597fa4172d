import type { Changes } from './changes.ts'

/** How old something may be that changes unheard. */
const DEAF_AGE_MS = 1_000

/**
 * What a process remembers of rows that are read at every request. A row that changes, through whatever mouth, is
 * dropped when the database announces it. While the connection for announcements is lost, nothing is remembered at all;
 * while it is there and nothing comes over it, for a second. An age limit covers what nobody thought of.
 */
export class Cache<Value> {
  readonly #load: (id: string) => Promise<Value | null>
  readonly #changes: Changes
  readonly #size: number
  readonly #maxAge: number
  readonly #values = new Map<string, { value: Promise<Value | null>; until: number }>()

  /**
   * @param whole one value made of many rows: any change of the topic drops it
   * @param maxAge milliseconds
   */
  constructor({
    changes,
    topic,
    load,
    whole = false,
    size = 10_000,
    maxAge = 60_000,
  }: {
    changes: Changes
    topic: string
    load: (id: string) => Promise<Value | null>
    whole?: boolean
    size?: number
    maxAge?: number
  }) {
    this.#load = load
    this.#changes = changes
    this.#size = size
    this.#maxAge = maxAge
    changes.subscribe(topic, id => {
      if (id === null || whole) this.#values.clear()
      else this.#values.delete(id)
    })
  }

  /** Requests that ask while the row is being read share that one read. */
  get(id: string): Promise<Value | null> {
    const found = this.#values.get(id)
    if (found && found.until > Date.now()) return found.value
    const value = this.#load(id)
    if (this.#changes.heard) this.#remember(id, value, this.#maxAge)
    else if (this.#changes.deaf) this.#remember(id, value, Math.min(this.#maxAge, DEAF_AGE_MS))
    return value
  }

  #remember(id: string, value: Promise<Value | null>, age: number): void {
    const entry = { value, until: Date.now() + age }
    this.#values.delete(id)
    if (this.#values.size >= this.#size) this.#values.delete(this.#values.keys().next().value!)
    this.#values.set(id, entry)
    const forget = () => {
      if (this.#values.get(id) === entry) this.#values.delete(id)
    }
    // What does not exist is not remembered: it may be made any moment, and strangers could fill the memory with names.
    value.then(loaded => loaded === null && forget(), forget)
  }
}
