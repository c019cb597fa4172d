import { type Cluster, Redis } from 'ioredis'
import { parseRedisUrl, type RedisAddress } from '../../base/network/redis-address.ts'
import { redisUnavailable } from '../store-errors.ts'
import { waitAtMost } from '../wait-budget.ts'

export type RedisClient = Redis | Cluster

/** Prefix of all our keys. */
export const REDIS_PREFIX = 'gatehouse:'

/** Milliseconds. A dead server must cause errors within seconds, since no one waits longer at a sign-in page. */
const CONNECT_TIMEOUT = 1500
/** The default of REDIS_TIMEOUT. */
const REPLY_TIMEOUT = 2000
const MAX_RETRY_DELAY = 1000
const SLOTS_REFRESH = 5000

/**
 * Creates a client for `REDIS_URL` (see `parseRedisUrl`). It connects at once and keeps trying to reconnect; meanwhile
 * commands fail within seconds. Commands of one tick share one write. `onConnectionError` gets only the message of a
 * connection error: the error object carries the command's arguments, and so passwords.
 * @param options.replyTimeout milliseconds
 */
export function connectRedis(
  url: string,
  {
    onConnectionError,
    replyTimeout = REPLY_TIMEOUT,
  }: { onConnectionError?: (message: string) => void; replyTimeout?: number } = {},
): RedisClient {
  const address = parseRedisUrl(url)
  const connect = { cluster, sentinel, single }[address.mode]
  const client = connect(address, replyTimeout)
  client.on('error', (error: Error) => onConnectionError?.(error.message))
  return client
}

function single(address: RedisAddress, replyTimeout: number): Redis {
  return new Redis({ ...connection(address, replyTimeout), ...server, ...address.nodes[0] })
}

function sentinel(address: RedisAddress, replyTimeout: number): Redis {
  const client = new Redis({
    ...connection(address, replyTimeout),
    ...server,
    sentinels: address.nodes,
    name: address.master ?? '',
    // Sentinels announce a new master at once, while the old one accepts writes for ten more seconds.
    failoverDetector: true,
    // The client's own retry would hold commands until a Sentinel answers, and run them then.
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: CONNECT_TIMEOUT,
    enableTLSForSentinelMode: address.tls,
    ...(address.tls && { sentinelTLS: {} }),
  })
  const disconnect = client.disconnect.bind(client)
  let again: NodeJS.Timeout | undefined
  let stopped = false
  client.disconnect = (reconnect = false) => {
    stopped = !reconnect
    clearTimeout(again)
    disconnect(reconnect)
  }
  client.on('error', (error: Error) => {
    if (stopped || !error.message.startsWith('All sentinels are unreachable')) return
    again = setTimeout(() => client.connect().catch(() => {}), MAX_RETRY_DELAY)
  })
  return client
}

function cluster(address: RedisAddress, replyTimeout: number): Cluster {
  const client = new Redis.Cluster(address.nodes, {
    enableAutoPipelining: true,
    redisOptions: connection(address, replyTimeout),
    clusterRetryStrategy: retryDelay,
    clusterNodeRetryStrategy: retryDelay,
    // As with a single server, a command that was sent is not sent again.
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: CONNECT_TIMEOUT,
    slotsRefreshInterval: SLOTS_REFRESH,
    maxRedirections: 4,
    // With TLS, nodes are addressed by the names in their certificates.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  })
  // A refresh that ends after a disconnect would schedule the next one, and the process would never exit.
  const refresh = client.refreshSlotsCache.bind(client)
  client.refreshSlotsCache = callback =>
    refresh((error, result) => {
      if (!['disconnecting', 'close', 'end'].includes(client.status)) callback?.(error, result)
    })
  return client
}

function connection({ username, password, db, tls }: RedisAddress, replyTimeout: number) {
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
    db,
    connectTimeout: CONNECT_TIMEOUT,
    socketTimeout: replyTimeout,
    // Commands pending when the connection is lost fail at once: a consume sent again would look like token reuse.
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
  }
}

const server = {
  retryStrategy: retryDelay,
  // After a failover the old master rejects writes on connections that it still holds.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
}

function retryDelay(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 8), MAX_RETRY_DELAY)
}

/** Replaces the client's errors, which carry the command with its arguments and would put payloads into logs. */
class RedisFailure extends Error {
  constructor(error: unknown) {
    super(`Redis: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The servers that hold records: a single server, or the masters of a Cluster. */
export function serversOf(redis: RedisClient): Redis[] {
  return redis instanceof Redis ? [redis] : redis.nodes('master')
}

/** Lifetime in seconds of the key that a readiness probe writes. */
export const PROBE_TTL = 60

/** Converts the reply of `TIME`: seconds, and microseconds. */
export function timeOf([seconds, microseconds]: readonly (number | string)[]): Date {
  return new Date(Number(seconds) * 1000 + Number(microseconds) / 1000)
}

/** Milliseconds that a command of this client may take: to connect, and to reply. */
export function redisTimeout(redis: RedisClient): number {
  const { connectTimeout = 0, socketTimeout = 0 } =
    redis instanceof Redis ? redis.options : (redis.options.redisOptions ?? {})
  return connectTimeout + socketTimeout
}

/**
 * Waits for a reply. Its time is limited here too, since the client loses some of the pending commands of a Cluster node
 * that goes away.
 * @throws StoreUnavailable if Redis can't be reached or can't do its work, RedisFailure for any other error
 */
export async function redisReply<T>(redis: RedisClient, reply: Promise<T>): Promise<T> {
  try {
    return await waitAtMost('Redis', redisTimeout(redis), 'no answer', () => reply)
  } catch (error) {
    // After a timeout no one else handles the reply's rejection.
    reply.catch(() => {})
    throw redisUnavailable(error) ?? (error instanceof RedisFailure ? error : new RedisFailure(error))
  }
}
