import { epoch } from '../clock.js'
import { addEntries, fetchPage } from './page.js'

/** Seconds for which the provider may wait until there is something new. */
const WAIT = 25
/** Milliseconds between two requests if long ones fail, as behind a proxy that cuts them. */
const POLL = 2000
/** Milliseconds after which long requests are tried again. */
const LONG_AGAIN = 5 * 60_000
/** Milliseconds that a long request without news takes at least: a provider or proxy that answers sooner does not wait. */
const WAITED = 1000
/** Milliseconds after which everything is read again. */
const RELOAD = 60 * 60_000
/** Milliseconds after which it is asked again whether there is a list. */
const LOOK_AGAIN = 60_000
/** Milliseconds after which expired entries are dropped. */
const COMPACT = 10 * 60_000

/**
 * @typedef {object} Listener
 * @property {(position: number) => void} complete everything up to this position is in the table
 * @property {(error: unknown) => void} failed
 */

/**
 * Reads the list of revoked access tokens page by page and keeps up with it. Entries are only ever added: reading all again
 * repairs what was missed, and forgets nothing that is still valid.
 */
export class Follower {
  #provider
  #table
  #issuer
  #timeout
  #clock
  #listener
  #closing = new AbortController()
  #after = 0
  #caughtUp = false
  #longFrom = Number.NEGATIVE_INFINITY
  #reloadAt = Number.POSITIVE_INFINITY
  #compactAt = 0
  #failures = 0

  /**
   * @param {import('../provider/provider.js').Provider} provider
   * @param {import('../digest-table.js').DigestTable} table
   * @param {Pick<import('../options.js').Settled, 'issuer' | 'clock' | 'timeout'>} options
   * @param {Listener} listener
   */
  constructor(provider, table, { issuer, clock, timeout }, listener) {
    this.#provider = provider
    this.#table = table
    this.#issuer = issuer
    this.#timeout = timeout
    this.#clock = clock
    this.#listener = listener
  }

  /** Until `close`. @param {() => Promise<string | null>} endpoint null if there is no list */
  async run(endpoint) {
    while (!this.#closing.signal.aborted) {
      const long = this.#caughtUp && this.#clock.now() >= this.#longFrom
      try {
        const url = await endpoint()
        await (url === null ? this.#pause(LOOK_AGAIN) : this.#read(url, long))
        this.#failures = 0
      } catch (error) {
        if (this.#closing.signal.aborted) return
        if (long) this.#longFrom = this.#clock.now() + LONG_AGAIN
        else await this.#rest(error)
      }
    }
  }

  close() {
    this.#closing.abort()
  }

  /** @param {string} url @param {boolean} long */
  async #read(url, long) {
    if (this.#clock.now() >= this.#reloadAt) this.#startAgain()
    const asked = this.#clock.now()
    const page = await fetchPage(this.#provider, url, {
      after: this.#after,
      wait: long && this.#caughtUp ? WAIT : 0,
      // A page can be large.
      seconds: 2 * this.#timeout,
      issuer: this.#issuer,
      now: () => epoch(this.#clock),
      signal: this.#closing.signal,
    })
    // The provider's database was restored from a backup.
    if (page.position < this.#after) {
      this.#startAgain()
      return this.#pause(POLL / 2)
    }
    addEntries(page, this.#table, epoch(this.#clock))
    this.#after = page.position
    this.#caughtUp = !page.more
    if (page.more) return
    this.#reloadAt = Math.min(this.#reloadAt, this.#clock.now() + RELOAD)
    this.#compact()
    this.#listener.complete(page.position)
    const tooSoon = long && page.entries.length === 0 && this.#clock.now() - asked < WAITED
    if (tooSoon || this.#clock.now() < this.#longFrom) await this.#pause(POLL)
  }

  #startAgain() {
    this.#after = 0
    this.#caughtUp = false
    this.#reloadAt = Number.POSITIVE_INFINITY
  }

  #compact() {
    const now = this.#clock.now()
    if (now < this.#compactAt) return
    this.#compactAt = now + COMPACT
    this.#table.compact(epoch(this.#clock))
  }

  /** Waits longer after each failure, up to half a minute. @param {unknown} error */
  #rest(error) {
    this.#listener.failed(error)
    const { retryAfter = 0 } = /** @type {{ retryAfter?: number }} */ (error)
    const wanted = Math.max(2 ** this.#failures, retryAfter)
    this.#failures += 1
    // The next request does not wait: whether the provider is there again should be known at once.
    this.#caughtUp = false
    this.#longFrom = Number.NEGATIVE_INFINITY
    return this.#pause(Math.min(wanted, 30) * 1000 * (0.75 + Math.random() / 4))
  }

  /** @param {number} milliseconds */
  #pause(milliseconds) {
    return this.#clock.sleep(milliseconds, this.#closing.signal)
  }
}
