import type { Config } from '../../src/base/config.ts'
import { parseRedisUrl } from '../../src/base/network/redis-address.ts'
import { entities, notifications } from '../../src/entities.ts'
import { clockProblem, secondsAhead } from '../../src/ops/clock-difference.ts'
import { redisMemoryWarnings } from '../../src/ops/redis-memory.ts'
import { Changes } from '../../src/storage/change-feed/changes.ts'
import { openDatabase } from '../../src/storage/database/database.ts'
import { connectRedis, redisReply, timeOf } from '../../src/storage/redis/redis.ts'
import { failureOf } from '../kit/failures.ts'

/** What each service answered: `ok` or the error, whether TLS was used, and warnings for the operator. */
export interface Services {
  answers: Record<string, string>
  encrypted: Record<string, boolean>
  warnings: string[]
}

/** Connects to the database and Redis; changes nothing there. */
export async function triedServices(config: Config): Promise<Services> {
  const services: Services = { answers: {}, encrypted: {}, warnings: [] }
  const { databaseUrl, redisUrl } = config
  await Promise.all([
    databaseUrl && attempt('database', () => tryDatabase(config, services)),
    redisUrl && attempt('redis', () => tryRedis(redisUrl, config, services)),
  ])
  return services

  async function attempt(name: string, work: () => Promise<string[]>): Promise<void> {
    try {
      services.warnings.push(...(await work()))
      services.answers[name] = 'ok'
    } catch (error) {
      services.answers[name] = failureOf(error).message
    }
  }
}

async function tryDatabase(config: Config, { encrypted }: Services): Promise<string[]> {
  const database = await openDatabase(config, { entities, migrations: [], notifications }, new Changes())
  try {
    await database.ping()
    encrypted.database = Boolean(database.connection?.ssl)
    return await clockWarnings('the database', () => database.now())
  } finally {
    await database.close()
  }
}

async function tryRedis(redisUrl: string, { redisTimeout }: Config, { encrypted }: Services): Promise<string[]> {
  // A command that fails does not say why; onConnectionError does.
  let trouble = ''
  const redis = connectRedis(redisUrl, {
    onConnectionError: message => (trouble = message),
    replyTimeout: 1000 * redisTimeout,
  })
  try {
    await redisReply(redis, redis.ping())
    encrypted.redis = parseRedisUrl(redisUrl).tls
    const clocks = await clockWarnings('Redis', async () => timeOf(await redisReply(redis, redis.time())))
    return [...(await redisMemoryWarnings(redis)), ...clocks]
  } catch (error) {
    throw trouble ? new Error(trouble) : error
  } finally {
    redis.disconnect()
  }
}

async function clockWarnings(store: string, now: () => Promise<Date>): Promise<string[]> {
  const asked = Date.now()
  const time = await now()
  const problem = clockProblem(store, secondsAhead(time, { asked, answered: Date.now() }))
  return problem ? [`${problem[0]?.toUpperCase()}${problem.slice(1)}: synchronize both with NTP.`] : []
}
