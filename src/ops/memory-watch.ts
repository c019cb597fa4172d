import type { Cluster, Redis } from 'ioredis'
import type { Logger } from '../base/log.ts'

const EVERY_MS = 60 * 1000

/** Percent of its memory limit from which on an operator is warned. */
const FULL = 80

/**
 * A Redis that is full refuses to keep anything, and nobody can sign in. The log says so while there is still room; a
 * Redis without a memory limit is not watched.
 */
export class MemoryWatch {
  readonly #redis: Redis | Cluster | null
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined

  constructor({ redis, log }: { redis: Redis | Cluster | null; log: Logger }) {
    this.#redis = redis
    this.#log = log
  }

  start(): void {
    if (this.#redis) this.#timer = setInterval(() => void this.check(), EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async check(): Promise<void> {
    if (!this.#redis) return
    const masters = 'nodes' in this.#redis ? this.#redis.nodes('master') : [this.#redis]
    for (const master of masters) {
      // A Redis that does not answer is the matter of readiness.
      const info = await master.info('memory').catch(() => '')
      const [used, limit] = [number(info, 'used_memory'), number(info, 'maxmemory')]
      const percent = limit > 0 ? Math.round((100 * used) / limit) : 0
      if (percent >= FULL)
        this.#log.warn({ used, limit }, `Redis is ${percent} % full; when it is full nobody can sign in`)
    }
  }
}

function number(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
}
