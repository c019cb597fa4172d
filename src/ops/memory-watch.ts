import type { Logger } from '../base/log.ts'
import type { RedisClient } from '../storage/redis.ts'
import { redisMemory } from './redis-memory.ts'

const EVERY_MS = 60 * 1000

/**
 * A Redis that is full refuses to keep anything, and nobody can sign in. The log says so while there is still room; a
 * Redis without a memory limit is not watched.
 */
export class MemoryWatch {
  readonly #redis: RedisClient | null
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined

  constructor({ redis, log }: { redis: RedisClient | null; log: Logger }) {
    this.#redis = redis
    this.#log = log
  }

  start(): void {
    if (!this.#redis) return
    void this.check()
    this.#timer = setInterval(() => void this.check(), EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async check(): Promise<void> {
    // A Redis that does not answer is the matter of readiness.
    const servers = this.#redis ? await redisMemory(this.#redis).catch(() => []) : []
    for (const { percent, used, limit } of servers) {
      if (percent !== null)
        this.#log.warn({ used, limit }, `Redis is ${percent} % full; when it is full nobody can sign in`)
    }
  }
}
