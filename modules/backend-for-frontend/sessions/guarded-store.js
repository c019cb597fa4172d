import { inOneLine, unavailable } from '../requests/refusal.js'

/**
 * The store of the application: an error of it is answered with 503, and logged.
 * @implements {Store}
 */
export class GuardedStore {
  #store
  #log

  /** @param {Store} store @param {Log} log */
  constructor(store, log) {
    this.#store = store
    this.#log = log
  }

  /** @param {string} key */
  get(key) {
    return this.#guard(() => this.#store.get(key))
  }

  /** @param {string} key @param {string} value @param {number} seconds */
  set(key, value, seconds) {
    return this.#guard(() => this.#store.set(key, value, Math.max(1, Math.ceil(seconds))))
  }

  /** @param {string} key */
  delete(key) {
    return this.#guard(() => this.#store.delete(key))
  }

  /** @param {string} key */
  take(key) {
    return this.#guard(() => this.#store.take(key))
  }

  /** @template T @param {() => Promise<T>} work */
  async #guard(work) {
    try {
      return await work()
    } catch (error) {
      this.#log.error(`the session store failed: ${inOneLine(error)}`)
      throw unavailable('The session store does not answer.', error)
    }
  }
}

/**
 * @typedef {import('../types.d.ts').Store} Store
 * @typedef {import('../types.d.ts').Log} Log
 */
