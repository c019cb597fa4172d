/** Values that are kept until a time, a limited number of them: the oldest makes room. @template T */
export class BoundedCache {
  /** @type {Map<string, { value: T, until: number }>} */
  #kept = new Map()
  #most

  /** @param {number} most */
  constructor(most) {
    this.#most = most
  }

  /** @param {string} key @param {number} now @returns {T | undefined} */
  get(key, now) {
    const kept = this.#kept.get(key)
    if (!kept || now < kept.until) return kept?.value
    this.#kept.delete(key)
  }

  /** @param {string} key @param {T} value @param {number} until */
  set(key, value, until) {
    this.#kept.delete(key)
    this.#kept.set(key, { value, until })
    if (this.#kept.size <= this.#most) return
    for (const oldest of this.#kept.keys()) return this.#kept.delete(oldest)
  }

  /** @param {string} key */
  delete(key) {
    this.#kept.delete(key)
  }
}
