import { Response } from 'undici'
import type { Needs } from '../../base/nouns.ts'

/** Milliseconds for which a URL that has failed is not fetched again. */
const FAILED_FOR = 30_000

/** Failed URLs that are remembered; the oldest is dropped first. */
const MOST_FAILED = 1_000

/** The most seconds for which a key set is used without fetching it again, whatever its `Cache-Control` says. */
const LONGEST_FRESH = 10 * 60

/**
 * Makes the function that fetches the key sets that clients publish (`jwks_uri`). Anyone can send an assertion in the
 * name of a client, so a URL that has failed is not fetched again for each of them. How long keys or a failure are
 * remembered is limited. It throws an Error if the key set cannot be read, or could not a moment ago.
 */
export function keySetFetch({ outbound, clock }: Needs<'outbound' | 'clock'>) {
  /** By URL, when it may be fetched again, in epoch milliseconds. */
  const failed = new Map<string, number>()

  async function read(url: string, headers: Headers): Promise<Response> {
    const response = await outbound(url, { method: 'GET', headers: Object.fromEntries(headers) })
    if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`)
    const text = await response.text()
    const { keys } = Object(JSON.parse(text)) as { keys?: unknown }
    if (!Array.isArray(keys)) throw new Error('the response is not a JSON Web Key Set')
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
    return new Response(text, { headers: { 'cache-control': `max-age=${Math.min(maxAge, LONGEST_FRESH)}` } })
  }

  return async (url: string, { headers }: { headers: Headers }): Promise<Response> => {
    const now = clock.now().getTime()
    if ((failed.get(url) ?? 0) > now) throw new Error('the key set could not be read a moment ago')
    try {
      const keys = await read(url, headers)
      failed.delete(url)
      return keys
    } catch (error) {
      failed.delete(url)
      if (failed.size >= MOST_FAILED) failed.delete(failed.keys().next().value!)
      failed.set(url, now + FAILED_FOR)
      throw error
    }
  }
}
