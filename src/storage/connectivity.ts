import pg from 'pg'
import type { DatabaseLimits } from '../base/config.ts'
import { parseDatabaseUrl } from '../base/network/database-address.ts'
import { postgresConnection } from './database/postgres-connection.ts'
import { connectRedis } from './redis/redis.ts'
import { databaseReply, redisUnavailable } from './store-errors.ts'

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

/** Connects to Redis and sends PING. @throws StoreUnavailable if either fails */
export async function checkRedis(url: string): Promise<void> {
  // The cause is reported to onConnectionError; the command itself only says that it failed.
  let trouble: Error | null = null
  const redis = connectRedis(url, { onConnectionError: message => (trouble = new Error(message)) })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  try {
    await Promise.race([redis.ping(), late.promise])
  } catch (error) {
    throw redisUnavailable(trouble ?? error) ?? error
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}
