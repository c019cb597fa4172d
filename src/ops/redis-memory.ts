import { Redis } from 'ioredis'
import { answer, type RedisClient } from '../storage/redis.ts'

/** From here on a Redis counts as nearly full. */
const NEARLY = 0.8

/** What an operator should mend about the memory of Redis, on each server that holds records. */
export async function redisMemoryWarnings(redis: RedisClient): Promise<string[]> {
  const servers = redis instanceof Redis ? [redis] : redis.nodes('master')
  const found = await Promise.all(servers.map(async server => warningsOf(await answer(server.info('memory')))))
  return [...new Set(found.flat())]
}

function warningsOf(info: string): string[] {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const [policy, limit, used] = [field('maxmemory_policy'), Number(field('maxmemory')), Number(field('used_memory'))]
  return [
    ...(policy && policy !== 'noeviction'
      ? [
          `Redis has maxmemory-policy ${policy}: when it is full it forgets which codes were used and who has signed out. Set maxmemory-policy noeviction.`,
        ]
      : []),
    ...(limit === 0
      ? ['Redis has no maxmemory: it grows until its machine has no memory left. Set maxmemory to what it may have.']
      : []),
    ...(limit > 0 && used > NEARLY * limit
      ? [`Redis uses ${Math.round((100 * used) / limit)} % of its maxmemory; when it is full, nobody can sign in.`]
      : []),
  ]
}
