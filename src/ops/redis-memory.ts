import type { Needs } from '../base/nouns.ts'
import { type RedisClient, redisReply, serversOf } from '../storage/redis/redis.ts'

const EVERY_MS = 60 * 1000
/** Percent of the memory limit from which the operator is warned. */
const NEARLY_FULL = 80

/**
 * Logs a warning every minute while Redis is nearly full: a full Redis refuses writes, and then no one can sign in.
 * @returns a function that stops it
 */
export function watchRedisMemory({ redis, log }: Needs<'redis' | 'log'>): () => void {
  if (!redis) return () => {}
  void check(redis)
  const timer = setInterval(() => void check(redis), EVERY_MS).unref()
  return () => clearInterval(timer)

  async function check(redis: RedisClient): Promise<void> {
    // A Redis that does not answer is reported by readiness.
    for (const { percent, used, limit } of await memoryOf(redis).catch(() => []))
      if (percent >= NEARLY_FULL)
        log.warn({ used, limit }, `Redis is ${percent} % full; when it is full, no one can sign in`)
  }
}

/** Warnings for the operator about the memory of Redis, from all servers that hold records. */
export async function redisMemoryWarnings(redis: RedisClient): Promise<string[]> {
  return [...new Set((await memoryOf(redis)).flatMap(warningsOf))]
}

/** The memory of a server that holds records, in bytes. */
interface RedisMemory {
  policy: string
  /** 0 means no limit. */
  limit: number
  used: number
  /** Percent of the limit that is in use; 0 without a limit. */
  percent: number
}

/** @throws StoreUnavailable if a server does not answer */
function memoryOf(redis: RedisClient): Promise<RedisMemory[]> {
  return Promise.all(serversOf(redis).map(async server => memoryIn(await redisReply(server, server.info('memory')))))
}

function memoryIn(info: string): RedisMemory {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [limit, used] = [Number(field('maxmemory')), Number(field('used_memory'))]
  return { policy: field('maxmemory_policy'), limit, used, percent: limit > 0 ? Math.round((100 * used) / limit) : 0 }
}

function warningsOf({ policy, limit, percent }: RedisMemory): string[] {
  const evicts = policy !== '' && policy !== 'noeviction'
  return [
    evicts &&
      `Redis has maxmemory-policy ${policy}: when it is full, it drops records of used codes and ended sessions. Set maxmemory-policy noeviction.`,
    limit === 0 && 'Redis has no maxmemory: it may use all the memory of its machine. Set maxmemory to a limit.',
    percent >= NEARLY_FULL && `Redis uses ${percent} % of its maxmemory; when it is full, no one can sign in.`,
  ].filter(warning => warning !== false)
}
