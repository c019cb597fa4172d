import { Response } from 'undici'
import type { Needs } from '../../base/nouns.ts'

/** Milliseconds for which a URL that has failed is not fetched again. */
const FAILED_FOR = 30_000

/** The maximum number of failed URLs that are remembered; the oldest is dropped first. */
const MAX_FAILED = 1_000

/** The maximum number of seconds for which a key set is cached, whatever its `Cache-Control` says. */
const MAX_CACHE_AGE = 10 * 60

/**
 * Makes the function that fetches the key sets that clients publish (`jwks_uri`). Anyone can send an assertion in the
 * name of a client, so a URL that has failed is not fetched again for each of them. How long keys or a failure are
 * remembered is limited. The function throws an Error if the key set cannot be read, or could not be read a moment ago.
 */
export function keySetFetch({ outbound, clock }: Needs<'outbound' | 'clock'>) {
  /** By URL, when it may be fetched again, in epoch milliseconds. */
  const failed = new Map<string, number>()

  async function read(url: string, headers: Headers): Promise<Response> {
    const response = await outbound(url, { method: 'GET', headers: Object.fromEntries(headers) })
    if (response.status !== 200) throw new Error(`the key set URL answered with status ${response.status}`)
    const text = await response.text()
    const { keys } = Object(JSON.parse(text)) as { keys?: unknown }
    if (!Array.isArray(keys)) throw new Error('the response is not a JSON Web Key Set')
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
    return new Response(text, { headers: { 'cache-control': `max-age=${Math.min(maxAge, MAX_CACHE_AGE)}` } })
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
      if (failed.size >= MAX_FAILED) failed.delete(failed.keys().next().value!)
      failed.set(url, now + FAILED_FOR)
      throw error
    }
  }
}
