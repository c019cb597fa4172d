import { type IRateLimiterOptions, RateLimiterRedis } from 'rate-limiter-flexible'
import type { Clock } from '../base/clock.ts'
import { type RedisClient, redisReply } from '../storage/redis/redis.ts'
import type { EvenMemoryLimiter } from './memory-limiter.ts'

/**
 * A bucket as in memory-limiter.ts. KEYS: the bucket. ARGV: now, interval, points of a full bucket, points to take.
 * Another process whose clock is ahead may have written the bucket, so the key's time to live limits the wait. Returns
 * what the library's script returns: the points taken (one more than the maximum if refused) and the milliseconds to
 * wait.
 */
const BUCKET = `
local now, interval, most, points = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = math.min(tonumber(redis.call('GET', KEYS[1]) or 0), now + math.max(redis.call('PTTL', KEYS[1]), 0))
local full = math.max(kept, now) + points * interval
local wait = full - now - most * interval
if wait > 0 then return {most + 1, wait} end
if full > now then redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', full - now)
else redis.call('DEL', KEYS[1]) end
return {math.ceil((full - now) / interval), 0}
`

/** The command name under which the library registers its script. */
type Scripted = RedisClient & { rlflxIncr(...args: (string | number)[]): Promise<[number, number]> }

/** Counts in Redis for all processes, by the caller's clock; while Redis doesn't answer, in this process alone. */
export class EvenRedisLimiter extends RateLimiterRedis {
  readonly #redis: Scripted
  readonly #insurance: EvenMemoryLimiter
  readonly #clock: Clock

  constructor(
    options: IRateLimiterOptions,
    { redis, insurance, clock }: { redis: RedisClient; insurance: EvenMemoryLimiter; clock: Clock },
  ) {
    super({ ...options, storeClient: redis, customIncrTtlLuaScript: BUCKET, insuranceLimiter: insurance })
    this.#redis = redis as Scripted
    this.#insurance = insurance
    this.#clock = clock
  }

  /** Called by the library to count. Fails at once if the connection is lost. */
  protected async _upsert(key: string, points: number): Promise<[number, number]> {
    if (this.#redis.status !== 'ready') throw new Error('Redis is not connected')
    const now = this.#clock.now().getTime()
    return redisReply(this.#redis, this.#redis.rlflxIncr(key, now, this.execEvenlyMinDelayMs, this.points, points))
  }

  /** Deletes the count in both places. Fails if Redis doesn't answer, since its count would otherwise come back. */
  override async delete(key: string): Promise<boolean> {
    await this.#insurance.delete(key)
    return (await redisReply(this.#redis, this.#redis.del(this.getKey(key)))) > 0
  }
}
