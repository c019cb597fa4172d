import { type Cluster, Redis } from 'ioredis'
import { parseRedisUrl, type RedisAddress } from '../../base/network/redis-address.ts'
import { waitAtMost } from '../patience.ts'
import { redisUnavailable } from '../unavailable.ts'

export type RedisClient = Redis | Cluster

/** What every key of ours begins with. */
export const REDIS_PREFIX = 'gatehouse:'

/** Milliseconds. A dead server must give errors within seconds: nobody waits at a sign-in page for longer. */
const CONNECT_TIMEOUT = 1500
const REPLY_TIMEOUT = 2000
/** A connection and a reply. When a node of a Cluster goes, the client forgets some of the commands that it had for it. */
export const REDIS_PATIENCE = CONNECT_TIMEOUT + REPLY_TIMEOUT
const LONGEST_PAUSE = 1000
const SLOTS_REFRESH = 5000

/**
 * A client for `REDIS_URL` (see `parseRedisUrl`); commands of one tick share one write. It connects at once, keeps
 * reconnecting for ever, and meanwhile fails what it is asked within seconds. Connection trouble is told to `onTrouble`
 * in words only: the error objects carry the arguments of the command, and so passwords.
 */
export function connectRedis(url: string, { onTrouble }: { onTrouble?: (message: string) => void } = {}): RedisClient {
  const address = parseRedisUrl(url)
  const client =
    address.mode === 'cluster' ? cluster(address) : address.mode === 'sentinel' ? sentinel(address) : single(address)
  client.on('error', (error: Error) => onTrouble?.(error.message))
  return client
}

function single(address: RedisAddress): Redis {
  return new Redis({ ...connection(address), ...server, ...address.nodes[0] })
}

function sentinel(address: RedisAddress): Redis {
  const client = new Redis({
    ...connection(address),
    ...server,
    sentinels: address.nodes,
    name: address.master ?? '',
    // The Sentinels say at once that another is the master; the old one goes on taking writes for ten seconds.
    failoverDetector: true,
    // The client's own retry would keep commands waiting for as long as no Sentinel answers, and run them then.
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
    again = setTimeout(() => client.connect().catch(() => {}), LONGEST_PAUSE)
  })
  return client
}

function cluster(address: RedisAddress): Cluster {
  return new Redis.Cluster(address.nodes, {
    enableAutoPipelining: true,
    redisOptions: connection(address),
    clusterRetryStrategy: pause,
    clusterNodeRetryStrategy: pause,
    // As with one server: what was sent is not sent again.
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: CONNECT_TIMEOUT,
    slotsRefreshInterval: SLOTS_REFRESH,
    maxRedirections: 4,
    // Behind TLS, nodes are known by the names that their certificates carry.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  })
}

function connection({ username, password, db, tls }: RedisAddress) {
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
    db,
    connectTimeout: CONNECT_TIMEOUT,
    socketTimeout: REPLY_TIMEOUT,
    // Whoever waits when the connection is lost is told so at once. Sent again, a consumption would look like reuse.
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
  }
}

const server = {
  retryStrategy: pause,
  // After a failover the old master refuses writes on connections that it still holds.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
}

function pause(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 8), LONGEST_PAUSE)
}

/** The client's errors carry the command with its arguments, which would put payloads into logs; this one does not. */
class RedisFailure extends Error {
  constructor(error: unknown) {
    super(`Redis: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The servers that hold records: one, or the masters of a Cluster. */
export function serversOf(redis: RedisClient): Redis[] {
  return redis instanceof Redis ? [redis] : redis.nodes('master')
}

/** Seconds for which the mark of a readiness probe stays. */
export const PROBE_TTL = 60

/** What `TIME` answers: seconds, and microseconds beyond them. */
export function timeOf([seconds, microseconds]: readonly (number | string)[]): Date {
  return new Date(Number(seconds) * 1000 + Number(microseconds) / 1000)
}

/** @throws StoreUnavailable where Redis cannot be reached or cannot do it, RedisFailure for anything else */
export async function answer<T>(reply: Promise<T>): Promise<T> {
  try {
    return await waitAtMost('Redis', REDIS_PATIENCE, 'no answer', () => reply)
  } catch (error) {
    // Where it was not waited for any more, nobody else hears how it ends.
    reply.catch(() => {})
    throw redisUnavailable(error) ?? (error instanceof RedisFailure ? error : new RedisFailure(error))
  }
}
