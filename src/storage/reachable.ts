import pg from 'pg'
import type { DatabaseLimits } from '../base/config/database-limits.ts'
import { parseDatabaseUrl } from '../base/database-address.ts'
import type { StoreUnavailable } from '../base/refusals.ts'
import { postgresConnection } from './postgres-connection.ts'
import { connectRedis } from './redis.ts'
import { databaseUnavailable, redisUnavailable } from './unavailable.ts'

const ANSWER_MS = 5_000

/** Whether PostgreSQL lets us in and answers, on a connection of its own. @throws StoreUnavailable if it does not */
export async function askPostgres(url: string, limits: DatabaseLimits): Promise<void> {
  const client = new pg.Client({
    ...(await postgresConnection(parseDatabaseUrl(url), limits)),
    query_timeout: ANSWER_MS,
  })
  // The connect and the query fail as well; an error that nobody hears ends the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } catch (error) {
    throw databaseUnavailable(error) ?? error
  } finally {
    client.end().catch(() => {})
  }
}

/** Whether Redis lets us in and answers. @throws StoreUnavailable if it does not */
export async function askRedis(url: string): Promise<void> {
  // What is wrong is told to onTrouble; the command itself only fails.
  let trouble: Error | null = null
  const redis = connectRedis(url, { onTrouble: message => (trouble = new Error(message)) })
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

/** Refused for good: wrong credentials, no such database, no TLS. Waiting does not help, an operator does. */
const LASTING = /^(28...|3D000|42501|NOAUTH|WRONGPASS|NOPERM|EACCES)$/

export function mayPass({ state, reason }: StoreUnavailable): boolean {
  return !LASTING.test(state) && !/does not support SSL/.test(reason)
}
