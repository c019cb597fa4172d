import { AsyncLocalStorage } from 'node:async_hooks'
import { type Store, StoreUnavailable } from '../base/refusals.ts'

/** Milliseconds that may still be waited for each store. */
type Patience = Record<Store, number>

/** The servers and their clients have limits of their own, which end a little before ours. */
const NEARLY = 0.8

const patience = new AsyncLocalStorage<Patience>()

/** Runs `work` so that all its waits for a store take no longer together than is said here, in milliseconds. */
export function withPatience<T>(most: Readonly<Patience>, work: () => T): T {
  return patience.run({ ...most }, work)
}

/**
 * Waits for what a store does, at most `limit` milliseconds and at most as long as the patience of the work around it
 * lasts, which is over once it has waited in vain for so long. Without a limit (0), for as long as it takes.
 * @throws StoreUnavailable when that time is over; nothing ends what was waited for
 */
export async function waitAtMost<T>(store: Store, limit: number, what: string, begin: () => Promise<T>): Promise<T> {
  if (limit === 0) return begin()
  const shared = patience.getStore()
  const time = Math.min(limit, shared?.[store] ?? limit)
  if (time <= 0) throw new StoreUnavailable(store, 'this request has waited for it as long as it may')
  const begun = performance.now()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new StoreUnavailable(store, `${what} within ${Math.ceil(time)} ms`)), time)
  const spend = (used: number) => {
    if (shared) shared[store] -= used
  }
  try {
    const done = await Promise.race([begin(), late])
    spend(performance.now() - begun)
    return done
  } catch (error) {
    const waited = performance.now() - begun
    spend(waited < NEARLY * time ? waited : Number.POSITIVE_INFINITY)
    throw error
  } finally {
    clearTimeout(timer)
  }
}
