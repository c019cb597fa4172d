import { StoreUnavailable } from '../base/refusals.ts'
import { databaseUnavailable } from '../storage/unavailable.ts'

/** What a store that is unavailable says of itself, and how that is called in front of strangers: no name, no address. */
const REASONS: [RegExp, string][] = [
  [/^(53200|OOM)$/, 'out of memory'],
  [/^(53100|58030|MISCONF)$/, 'disk full'],
  [/^(25006|READONLY)$/, 'read-only'],
  [/^(NOREPLICAS|MASTERDOWN)$/, 'too few replicas'],
  [/^(CLUSTERDOWN|TRYAGAIN|MOVED|ASK)$/, 'a part of the cluster is away'],
  [/^(53300|53400)$/, 'no connection free'],
  [/^(57P0[1-5]|LOADING)$/, 'starting or stopping'],
  [/^(57014|55P03|25P03|BUSY|ETIMEDOUT)$/, 'no answer in time'],
  [/^(28...|42501|NOAUTH|WRONGPASS|NOPERM)$/, 'not permitted'],
  [/^(3D000)$/, 'no such database'],
]

/** A word or two for the kind of trouble; the whole of it is for the log. */
export function reasonOf(error: unknown): string {
  const unavailable = error instanceof StoreUnavailable ? error : databaseUnavailable(error)
  if (!unavailable) return error instanceof ProbeFailure ? error.message : 'failed'
  const { state, reason } = unavailable
  const known = REASONS.find(([pattern]) => pattern.test(state))?.[1]
  return known ?? (/time(d )?[ -]?out|timeout/i.test(reason) ? 'no answer in time' : 'cannot be reached')
}

/** For the log: what the store said, or the error where it is none of a store. */
export function detailOf(error: unknown): { detail: string } | { err: unknown } {
  const unavailable = error instanceof StoreUnavailable ? error : databaseUnavailable(error)
  return unavailable ? { detail: `${unavailable.store}: ${unavailable.reason}` } : { err: error }
}

/** What a probe finds by itself; its message is a reason. */
export class ProbeFailure extends Error {}
