import pg from 'pg'
import type { DatabaseLimits } from '../base/config.ts'
import { parseDatabaseUrl } from '../base/network/database-address.ts'
import { postgresConnection } from './database/postgres-connection.ts'
import { connectRedis, redisTimeout } from './redis/redis.ts'
import { databaseReply, redisUnavailable } from './store-errors.ts'
import { waitAtMost } from './wait-budget.ts'

const ANSWER_MS = 5_000

/** Connects to PostgreSQL and runs a query, on a separate connection. @throws StoreUnavailable if either fails */
export async function checkPostgres(url: string, limits: DatabaseLimits): Promise<void> {
  const client = new pg.Client({
    ...(await postgresConnection(parseDatabaseUrl(url), limits)),
    query_timeout: ANSWER_MS,
  })
  // connect() and query() reject as well; an error event without a listener would end the process.
  client.on('error', () => {})
  try {
    await databaseReply(client.connect())
    await databaseReply(client.query('select 1'))
  } finally {
    client.end().catch(() => {})
  }
}

/** Connects to Redis and sends PING. @param timeout seconds for the reply @throws StoreUnavailable if either fails */
export async function checkRedis(url: string, timeout: number): Promise<void> {
  // The cause is reported to onConnectionError; the command itself only says that it failed.
  let failure: Error | null = null
  const redis = connectRedis(url, {
    onConnectionError: message => (failure = new Error(message)),
    replyTimeout: 1000 * timeout,
  })
  try {
    await waitAtMost('Redis', Math.max(ANSWER_MS, redisTimeout(redis)), 'no answer', () => redis.ping())
  } catch (error) {
    throw redisUnavailable(failure ?? error) ?? error
  } finally {
    redis.disconnect()
  }
}
