import { type RedisClient, redisReply, serversOf } from '../storage/redis/redis.ts'

/** Percent of the memory limit from which the operator is warned. */
const NEARLY = 80

/** Warnings for the operator about the memory of Redis, from all servers that hold records. */
export async function redisMemoryWarnings(redis: RedisClient): Promise<string[]> {
  return [...new Set((await redisMemory(redis)).flatMap(warningsOf))]
}

/** The memory of a server that holds records, in bytes. */
export interface RedisMemory {
  policy: string
  /** 0 means no limit. */
  limit: number
  used: number
  /** Percent of the limit in use if the server is nearly full; else null. */
  percent: number | null
}

/** Reads the memory of each server that holds records. @throws StoreUnavailable if one does not answer */
export async function redisMemory(redis: RedisClient): Promise<RedisMemory[]> {
  return Promise.all(serversOf(redis).map(async server => memoryIn(await redisReply(server.info('memory')))))
}

function memoryIn(info: string): RedisMemory {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [limit, used] = [Number(field('maxmemory')), Number(field('used_memory'))]
  const percent = limit > 0 ? Math.round((100 * used) / limit) : 0
  return { policy: field('maxmemory_policy'), limit, used, percent: percent >= NEARLY ? percent : null }
}

function warningsOf({ policy, limit, percent }: RedisMemory): string[] {
  return [
    ...(policy && policy !== 'noeviction'
      ? [
          `Redis has maxmemory-policy ${policy}: when it is full it forgets which codes were used and who has signed out. Set maxmemory-policy noeviction.`,
        ]
      : []),
    ...(limit === 0
      ? ['Redis has no maxmemory: it grows until its machine has no memory left. Set maxmemory to what it may have.']
      : []),
    ...(percent === null ? [] : [`Redis uses ${percent} % of its maxmemory; when it is full, nobody can sign in.`]),
  ]
}
