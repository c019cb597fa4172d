import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../base/clock.ts'

/** The maximum number of buckets, since strangers can make up keys; the oldest are dropped. */
const MOST = 100_000

/**
 * Buckets that refill evenly, by the generic cell rate algorithm: a bucket is only the time at which it will be full
 * again. Each attempt moves that time forward by one interval, unless it would then be further away than a whole
 * bucket.
 */
export class MemoryBuckets {
  /** The time at which each bucket is full: by the clock, and by the process's uptime, which no one can set. */
  readonly #fullAt = new Map<string, { clock: number; running: number }>()

  /** The time at which a bucket is full. If the clock was set back, the uptime decides how long that takes. */
  fullAt(key: string, now: number): number {
    const { clock, running } = this.#fullAt.get(key) ?? { clock: now, running: 0 }
    return Math.max(Math.min(clock, now + Math.max(Math.ceil(running - performance.now()), 0)), now)
  }

  keep(key: string, fullAt: number, now: number): void {
    this.#fullAt.delete(key)
    if (fullAt <= now) return
    if (this.#fullAt.size >= MOST)
      for (const [each, { clock }] of this.#fullAt) if (clock <= now) this.#fullAt.delete(each)
    if (this.#fullAt.size >= MOST) this.#fullAt.delete(this.#fullAt.keys().next().value!)
    this.#fullAt.set(key, { clock: fullAt, running: performance.now() + fullAt - now })
  }

  delete(key: string): boolean {
    return this.#fullAt.delete(key)
  }
}

/** Counts in this process alone: without Redis, or while Redis is unavailable. */
export class EvenMemoryLimiter extends RateLimiterMemory {
  readonly #parts
  /** Replaces the library's storage, which refills a bucket all at once and has no maximum number of buckets. */
  protected readonly _memoryStorage = {
    incrby: (key: string, points: number) => this.#count(key, points),
    delete: (key: string) => this.#parts.buckets.delete(key),
  }

  constructor(options: IRateLimiterOptions, parts: { buckets: MemoryBuckets; clock: Clock }) {
    super(options)
    this.#parts = parts
  }

  #count(key: string, points: number): RateLimiterRes {
    const { buckets, clock } = this.#parts
    const [now, interval] = [clock.now().getTime(), this.execEvenlyMinDelayMs]
    const fullAt = buckets.fullAt(key, now) + points * interval
    const wait = fullAt - now - this.points * interval
    if (wait > 0) return new RateLimiterRes(0, wait, this.points + 1)
    buckets.keep(key, fullAt, now)
    return new RateLimiterRes(0, 0, Math.ceil((fullAt - now) / interval))
  }
}
