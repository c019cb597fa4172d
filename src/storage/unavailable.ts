import { StoreUnavailable } from '../base/refusals.ts'

/**
 * The one place that reads the error codes of PostgreSQL, PGlite, Redis and their drivers. An error that means that the
 * store is unavailable leaves this folder as `StoreUnavailable`, whatever library met it: pages, JSON, protocol answers,
 * readiness and the command line look at that class alone. Its message is kept for the operator; the error itself is
 * not, since it carries statements and commands with their values.
 */

/** SQLSTATE: connection exceptions; full, out of memory or connections; shutting down or starting; input and output. */
const STATES = /^(08...|53...|57P0[1-5]|58...)$/
/** Read-only, lock not available, cancelled by a time-out, idle too long. */
const SINGLE_STATES = new Set(['25006', '55P03', '57014', '25P03'])

const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPIPE|ENOENT|EACCES|EMFILE|ENFILE)$/

/** What the client says without a code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL connections|There was an error establishing an SSL connection)/

/** Of an error that PostgreSQL or its client gave; null where the statement itself was wrong. */
export function databaseUnavailable(error: unknown): StoreUnavailable | null {
  if (error instanceof StoreUnavailable) return error
  if (error instanceof AggregateError) return first(error.errors.map(databaseUnavailable))
  if (!(error instanceof Error)) return null
  const { code = '', severity } = error as { code?: unknown; severity?: unknown }
  const state = String(code)
  const away =
    STATES.test(state) ||
    SINGLE_STATES.has(state) ||
    NETWORK.test(state) ||
    // What ends the connection: no such database, no connections allowed, wrong password.
    severity === 'FATAL' ||
    severity === 'PANIC' ||
    LOST.test(error.message)
  return away ? new StoreUnavailable('PostgreSQL', error.message || state, state) : null
}

/** For what drivers do by themselves. @throws StoreUnavailable in place of an error that means it */
export async function databaseAnswer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw databaseUnavailable(error) ?? error
  }
}

/** SQLSTATE: read-only, no lock to be had, no space, memory or connection. */
const REFUSED_STATES = /^(25006|55P03|53...)$/

/** Whether the store said itself that it did not do it; otherwise it may have been done, or be done yet. */
export function nothingDone({ store, state }: StoreUnavailable): boolean {
  return (store === 'Redis' ? REPLIES : REFUSED_STATES).test(state)
}

/**
 * What a Redis that answers says when it cannot do its work, by itself or in the middle of a script. In a Cluster that is
 * not whole, nodes send on to each other, and the client gives up following them.
 */
const REPLIES =
  /(^|-)(OOM|READONLY|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|MISCONF|NOAUTH|WRONGPASS|NOPERM|UNKILLABLE)\b|^ERR max number of clients reached/

/** Of an error that Redis or its client gave: all that is no answer of Redis, and the answers that say it cannot. */
export function redisUnavailable(error: unknown): StoreUnavailable | null {
  if (error instanceof StoreUnavailable) return error
  if (!(error instanceof Error)) return null
  const { name, message } = error
  if (name === 'ReplyError' && !REPLIES.test(message)) return null
  // What the client calls a lost connection while no retry is wanted.
  if (name === 'MaxRetriesPerRequestError') return new StoreUnavailable('Redis', 'there is no connection')
  const { code = /\b[A-Z]{3,}\b/.exec(message)?.[0] ?? '' } = error as { code?: unknown }
  return new StoreUnavailable('Redis', message, String(code))
}

/** Refused for good: wrong credentials, no such database, no TLS. Waiting does not help, an operator does. */
const LASTING = /^(28...|3D000|42501|NOAUTH|WRONGPASS|NOPERM|EACCES)$/

/** Whether waiting may help. */
export function mayPass({ state, reason }: StoreUnavailable): boolean {
  return !LASTING.test(state) && !/does not support SSL/.test(reason)
}

/** What a store says of itself, and how that is called in front of strangers: no name, no address. */
const TROUBLES: [RegExp, string][] = [
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

/** A word or two for the kind of trouble; the whole of it is `reason`, for the log. */
export function troubleOf({ state, reason }: StoreUnavailable): string {
  const known = TROUBLES.find(([pattern]) => pattern.test(state))?.[1]
  return known ?? (/time(d )?[ -]?out|timeout/i.test(reason) ? 'no answer in time' : 'cannot be reached')
}

function first<T>(found: (T | null)[]): T | null {
  return found.find(one => one !== null) ?? null
}
