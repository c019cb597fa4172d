import { AsyncLocalStorage } from 'node:async_hooks'
import { type Store, StoreUnavailable } from '../base/refusals.ts'

/** Milliseconds that the current request may still wait for each store. */
type WaitBudget = Record<Store, number>

/**
 * A wait that used this share of its limit counts as timed out: servers and their clients have limits of their own,
 * which end slightly earlier than ours.
 */
const NEARLY = 0.8

/** The longest wait for a connection to close: an unresponsive server must not keep the process from exiting. */
export const CLOSING_MS = 3_000

const budget = new AsyncLocalStorage<WaitBudget>()

/** Runs `work` with a limit on the total time, in milliseconds, that it may wait for each store. */
export function withWaitBudget<T>(most: Readonly<WaitBudget>, work: () => T): T {
  return budget.run({ ...most }, work)
}

/**
 * Waits for a store's operation for at most `limit` milliseconds, and for no longer than `withWaitBudget` still allows.
 * One wait that times out uses up that whole allowance. A limit of 0 means no limit.
 * @throws StoreUnavailable when the time is up; the operation itself is not cancelled
 */
export async function waitAtMost<T>(store: Store, limit: number, what: string, begin: () => Promise<T>): Promise<T> {
  if (limit === 0) return begin()
  const shared = budget.getStore()
  const time = Math.min(limit, shared?.[store] ?? limit)
  if (time <= 0) throw new StoreUnavailable(store, 'this request has used up its waiting time')
  const begun = performance.now()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new StoreUnavailable(store, `${what} within ${Math.ceil(time)} ms`)), time)
  let failed = true
  try {
    const done = await Promise.race([begin(), late])
    failed = false
    return done
  } finally {
    clearTimeout(timer)
    const waited = performance.now() - begun
    if (shared) shared[store] -= failed && waited >= NEARLY * time ? Number.POSITIVE_INFINITY : waited
  }
}

/** Waits until `work` settles, but no longer than this. @throws what `work` throws by then */
export async function settledWithin(milliseconds: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, milliseconds)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
