import { Response } from 'undici'
import type { Needs } from '../../base/nouns.ts'

/** Milliseconds for which a URL that has failed is not fetched again. */
const FAILED_FOR = 30_000

/** Failed URLs that are remembered; the oldest is dropped first. */
const MOST_FAILED = 1_000

/** The most seconds for which a key set is used without fetching it again, whatever its `Cache-Control` says. */
const LONGEST_FRESH = 10 * 60

/**
 * Fetches the key sets that clients publish (`jwks_uri`). Anyone can send an assertion in the name of a client,
 * so a URL that has failed is not fetched again for each of them. How long keys or a failure are remembered is limited.
 */
export class KeySets {
  readonly #app
  /** By URL, when it may be fetched again, in epoch milliseconds. */
  readonly #failed = new Map<string, number>()

  constructor(app: Needs<'outbound' | 'clock'>) {
    this.#app = app
  }

  /** @throws Error if the key set cannot be read, or could not a moment ago */
  async fetch(url: string, { headers }: { headers: Headers }): Promise<Response> {
    const now = this.#app.clock.now().getTime()
    if ((this.#failed.get(url) ?? 0) > now) throw new Error('it could not be read a moment ago')
    try {
      const keys = await this.#read(url, headers)
      this.#failed.delete(url)
      return keys
    } catch (error) {
      this.#failed.delete(url)
      if (this.#failed.size >= MOST_FAILED) this.#failed.delete(this.#failed.keys().next().value!)
      this.#failed.set(url, now + FAILED_FOR)
      throw error
    }
  }

  async #read(url: string, asked: Headers): Promise<Response> {
    const response = await this.#app.outbound(url, { method: 'GET', headers: Object.fromEntries(asked) })
    if (response.status !== 200) throw new Error(`it answered ${response.status}`)
    const text = await response.text()
    const { keys } = Object(JSON.parse(text)) as { keys?: unknown }
    if (!Array.isArray(keys)) throw new Error('it is no set of keys')
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
    return new Response(text, { headers: { 'cache-control': `max-age=${Math.min(maxAge, LONGEST_FRESH)}` } })
  }
}
