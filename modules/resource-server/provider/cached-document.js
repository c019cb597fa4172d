import { invalidAnswer, ProviderUnavailable } from './limited-request.js'

/** Milliseconds between two attempts while there is nothing that could be used instead. */
const FIRST_RETRY = 1000

/**
 * A document of the provider. Requests that need it at the same time share one fetch. It is fetched again when it is old;
 * while the provider is away, the last one is used.
 * @template T
 */
export class CachedDocument {
  #options
  /** @type {{ value: T, at: number } | null} */
  #last = null
  /** @type {Promise<T> | null} */
  #fetching = null
  #attemptedAt = Number.NEGATIVE_INFINITY
  /** @type {unknown} */
  #problem = null

  /**
   * @param {object} options
   * @param {() => Promise<T>} options.fetch
   * @param {number} options.freshFor seconds after which a request waits for a new one
   * @param {number} options.coolDown seconds between two attempts
   * @param {import('../types.d.ts').Clock} options.clock
   * @param {import('./outage.js').Outage} [options.outage]
   */
  constructor(options) {
    this.#options = options
  }

  /** @throws {ProviderUnavailable} if there has never been one */
  async current() {
    const { freshFor } = this.#options
    if (!this.#last) return this.#firstOne()
    const age = this.#sinceLast()
    if (age > freshFor / 2 && this.#mayTry()) {
      const fetched = this.#fetch()
      if (age > freshFor) await fetched.catch(() => {})
      else fetched.catch(() => {})
    }
    return this.#last.value
  }

  /** A newer one than the current, unless it was fetched just now or can't be. */
  async newer() {
    const current = await this.current()
    if (this.#fetching || this.#mayTry()) return this.#fetch().catch(() => current)
    return this.#last?.value ?? current
  }

  async #firstOne() {
    const resting = this.#options.clock.now() - this.#attemptedAt < FIRST_RETRY
    if (!this.#fetching && this.#problem && resting) throw this.#problem
    return this.#fetch()
  }

  #sinceLast() {
    return this.#last ? (this.#options.clock.now() - this.#last.at) / 1000 : Number.POSITIVE_INFINITY
  }

  #mayTry() {
    return this.#options.clock.now() - this.#attemptedAt >= this.#options.coolDown * 1000
  }

  #fetch() {
    this.#fetching ??= this.#attempt().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  async #attempt() {
    const { fetch, clock, outage } = this.#options
    this.#attemptedAt = clock.now()
    try {
      const value = await fetch()
      this.#last = { value, at: clock.now() }
      this.#problem = null
      outage?.ended()
      return value
    } catch (error) {
      this.#problem = error instanceof ProviderUnavailable ? error : invalidAnswer(error)
      outage?.began(this.#problem)
      throw this.#problem
    }
  }
}
