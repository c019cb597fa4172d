/**
 * The default store: in the memory of this process, so its sessions end with the process and are not shared with others.
 * Of more than `most` entries the ones that were used least recently make room.
 * @implements {Store}
 */
export class MemoryStore {
  /** @type {Map<string, { value: string, ends: number }>} */
  #entries = new Map()
  #most
  #clock

  /** @param {{ clock?: Clock, most?: number }} [options] */
  constructor({ clock = { now: () => new Date() }, most = 100_000 } = {}) {
    this.#clock = clock
    this.#most = most
  }

  get size() {
    return this.#entries.size
  }

  /** @param {string} key */
  async get(key) {
    const entry = this.#remove(key)
    if (entry === undefined) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** @param {string} key @param {string} value @param {number} seconds */
  async set(key, value, seconds) {
    this.#entries.delete(key)
    this.#makeRoom()
    this.#entries.set(key, { value, ends: this.#now() + seconds * 1000 })
  }

  /** @param {string} key */
  async delete(key) {
    this.#entries.delete(key)
  }

  /** @param {string} key */
  async take(key) {
    return this.#remove(key)?.value
  }

  /** @param {string} key */
  #remove(key) {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    return entry !== undefined && entry.ends > this.#now() ? entry : undefined
  }

  /** Drops a few entries that have expired, and the least recently used one if that is not enough. */
  #makeRoom() {
    let looked = 0
    for (const [key, { ends }] of this.#entries) {
      if (ends <= this.#now() || this.#entries.size >= this.#most) this.#entries.delete(key)
      else if (++looked === 3) return
    }
  }

  #now() {
    return this.#clock.now().getTime()
  }
}

/**
 * @typedef {import('../types.d.ts').Store} Store
 * @typedef {import('../types.d.ts').Clock} Clock
 */
