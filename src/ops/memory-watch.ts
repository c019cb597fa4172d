import type { Needs } from '../base/nouns.ts'
import { redisMemory } from './redis-memory.ts'

const EVERY_MS = 60 * 1000

/**
 * Logs a warning when Redis is nearly full: a full Redis refuses writes, and then no one can sign in.
 * A Redis without a memory limit is not watched.
 */
export class MemoryWatch {
  readonly #app
  #timer: NodeJS.Timeout | undefined

  constructor(app: Needs<'redis' | 'log'>) {
    this.#app = app
  }

  start(): void {
    if (!this.#app.redis) return
    void this.check()
    this.#timer = setInterval(() => void this.check(), EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async check(): Promise<void> {
    // A Redis that does not answer is reported by readiness.
    const servers = this.#app.redis ? await redisMemory(this.#app.redis).catch(() => []) : []
    for (const { percent, used, limit } of servers) {
      if (percent !== null)
        this.#app.log.warn({ used, limit }, `Redis is ${percent} % full; when it is full nobody can sign in`)
    }
  }
}
