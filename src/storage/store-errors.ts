import { StoreUnavailable } from '../base/refusals.ts'

/**
 * Only this file reads the error codes of PostgreSQL, PGlite, Redis and their drivers. An error that means that a store
 * is unavailable becomes `StoreUnavailable`, whichever library threw it: pages, JSON, protocol responses, readiness and
 * the command line check for that class alone. The error's message is kept for the operator. The error object is
 * dropped, since it carries statements and commands with their values.
 */

/** SQLSTATE classes: connection exception (08), insufficient resources (53), stop and start (57P0x), I/O (58). */
const STATES = /^(08...|53...|57P0[1-5]|58...)$/
/** SQLSTATE: read-only transaction, lock not available, query canceled by a timeout, idle transaction timeout. */
const SINGLE_STATES = new Set(['25006', '55P03', '57014', '25P03'])

const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPIPE|ENOENT|EACCES|EMFILE|ENFILE)$/

/** Messages of the client for errors that have no code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL connections|There was an error establishing an SSL connection)/

/** Converts an error from PostgreSQL or its client; null if the statement itself was at fault. */
export function databaseUnavailable(error: unknown): StoreUnavailable | null {
  if (error instanceof StoreUnavailable) return error
  if (error instanceof AggregateError) return error.errors.map(databaseUnavailable).find(each => each !== null) ?? null
  if (!(error instanceof Error)) return null
  const { code = '', severity } = error as { code?: unknown; severity?: unknown }
  const state = String(code)
  const unavailable =
    STATES.test(state) ||
    SINGLE_STATES.has(state) ||
    NETWORK.test(state) ||
    // The server closes the connection: no such database, no connections allowed, wrong password.
    severity === 'FATAL' ||
    severity === 'PANIC' ||
    LOST.test(error.message)
  return unavailable ? new StoreUnavailable('PostgreSQL', error.message || state, state) : null
}

/** Wraps direct calls of a driver. @throws StoreUnavailable for an error that means that the store is unavailable */
export async function databaseReply<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw databaseUnavailable(error) ?? error
  }
}

/** SQLSTATE: read-only transaction, lock not available, no space, memory or connection. */
const REFUSED_STATES = /^(25006|55P03|53...)$/

/** Whether the store itself said that it did nothing. Otherwise the operation may have been done, or may still be. */
export function nothingDone({ store, state }: StoreUnavailable): boolean {
  return (store === 'Redis' ? REPLIES : REFUSED_STATES).test(state)
}

/**
 * Replies of a Redis that is reachable but can't do its work, directly or within a script. In an incomplete Cluster,
 * nodes redirect to each other until the client gives up.
 */
const REPLIES =
  /(^|-)(OOM|READONLY|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|MISCONF|NOAUTH|WRONGPASS|NOPERM|UNKILLABLE)\b|^ERR max number of clients reached/

/** Converts an error from Redis or its client; null for a reply of Redis that isn't one of `REPLIES`. */
export function redisUnavailable(error: unknown): StoreUnavailable | null {
  if (error instanceof StoreUnavailable) return error
  if (!(error instanceof Error)) return null
  const { name, message } = error
  if (name === 'ReplyError' && !REPLIES.test(message)) return null
  // The client's error for a lost connection when retries are turned off.
  if (name === 'MaxRetriesPerRequestError') return new StoreUnavailable('Redis', 'there is no connection')
  const { code = /\b[A-Z]{3,}\b/.exec(message)?.[0] ?? '' } = error as { code?: unknown }
  return new StoreUnavailable('Redis', message, String(code))
}

/** Errors that waiting doesn't fix and an operator must: wrong credentials, no such database, no TLS. */
const PERMANENT = /^(28...|3D000|42501|NOAUTH|WRONGPASS|NOPERM|EACCES)$/

/** Whether the problem may go away without an operator. */
export function isTemporary({ state, reason }: StoreUnavailable): boolean {
  return !PERMANENT.test(state) && !/does not support SSL/.test(reason)
}

/** Error codes, and their descriptions for the public, without names or addresses. */
const PUBLIC_REASONS: [RegExp, string][] = [
  [/^(53200|OOM)$/, 'out of memory'],
  [/^(53100|58030|MISCONF)$/, 'disk full'],
  [/^(25006|READONLY)$/, 'read-only'],
  [/^(NOREPLICAS|MASTERDOWN)$/, 'too few replicas'],
  [/^(CLUSTERDOWN|TRYAGAIN|MOVED|ASK)$/, 'part of the cluster is unavailable'],
  [/^(53300|53400)$/, 'no connection free'],
  [/^(57P0[1-5]|LOADING)$/, 'starting or stopping'],
  [/^(57014|55P03|25P03|BUSY|ETIMEDOUT)$/, 'no answer in time'],
  [/^(28...|42501|NOAUTH|WRONGPASS|NOPERM)$/, 'not permitted'],
  [/^(3D000)$/, 'no such database'],
]

/** The kind of problem, in a few words. The full message is `reason`, for the log. */
export function publicReason({ state, reason }: StoreUnavailable): string {
  const known = PUBLIC_REASONS.find(([pattern]) => pattern.test(state))?.[1]
  return known ?? (/time(d )?[ -]?out|timeout/i.test(reason) ? 'no answer in time' : 'cannot be reached')
}
