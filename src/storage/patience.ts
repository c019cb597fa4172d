import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from '../base/refusals.ts'

interface Patience {
  /** Milliseconds that may still be waited. */
  left: number
}

/** The server and the pool have limits of their own, which end a little before ours. */
const NEARLY = 0.8

const patience = new AsyncLocalStorage<Patience>()

/** Runs `work` so that all its waits for PostgreSQL take no longer than `milliseconds` together. */
export function withPatience<T>(milliseconds: number, work: () => T): T {
  return patience.run({ left: milliseconds }, work)
}

/**
 * Waits for what PostgreSQL does, at most `limit` milliseconds and at most as long as the patience of the work around it
 * lasts, which is over once it has waited in vain for so long. Without a limit (0), for as long as it takes.
 * @throws StoreUnavailable when that time is over; nothing ends what was waited for
 */
export async function waitAtMost<T>(limit: number, what: string, begin: () => Promise<T>): Promise<T> {
  if (limit === 0) return begin()
  const shared = patience.getStore()
  const time = Math.min(limit, shared?.left ?? limit)
  if (time <= 0) throw new StoreUnavailable('PostgreSQL', 'the time of this request is used up')
  const begun = performance.now()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new StoreUnavailable('PostgreSQL', `${what} within ${Math.ceil(time)} ms`)),
    time,
  )
  const spend = (used: number) => {
    if (shared) shared.left -= used
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
