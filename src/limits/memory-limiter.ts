import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../base/clock.ts'

/** Where strangers make up the keys, more than this many are not kept: the oldest give way. */
const MOST = 100_000

/**
 * Buckets that refill evenly, by the generic cell rate algorithm: of a bucket only the moment is kept at which it will be
 * full again. A take moves that moment one interval on, unless it would lie further ahead than a whole bucket.
 */
export class MemoryBuckets {
  /** By the clock, and by the time that the process has run, which nobody sets. */
  readonly #fullAt = new Map<string, { clock: number; running: number }>()

  /** When the bucket is full. After the clock was set back, the time that really passes says how long it takes. */
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

/** In this process alone: the embedded provider, and what is left while Redis is down. */
export class EvenMemoryLimiter extends RateLimiterMemory {
  readonly #buckets: MemoryBuckets
  readonly #clock: Clock
  /** Where the library counts; its own would fill a bucket all at once, and keep as many as strangers make up. */
  protected readonly _memoryStorage = {
    incrby: (key: string, points: number) => this.#count(key, points),
    delete: (key: string) => this.#buckets.delete(key),
  }

  constructor(options: IRateLimiterOptions, { buckets, clock }: { buckets: MemoryBuckets; clock: Clock }) {
    super(options)
    this.#buckets = buckets
    this.#clock = clock
  }

  #count(key: string, points: number): RateLimiterRes {
    const [now, interval] = [this.#clock.now().getTime(), this.execEvenlyMinDelayMs]
    const fullAt = this.#buckets.fullAt(key, now) + points * interval
    const wait = fullAt - now - this.points * interval
    if (wait > 0) return new RateLimiterRes(0, wait, this.points + 1)
    this.#buckets.keep(key, fullAt, now)
    return new RateLimiterRes(0, 0, Math.ceil((fullAt - now) / interval))
  }
}
