import type { Clock } from '../base/clock.ts'
import type { Rate } from '../base/config.ts'
import { TooManyAttempts } from '../base/refusals.ts'
import type { Buckets, Measure } from './bucket.ts'

/** One named limit: a bucket for each key. */
export class Limit {
  readonly #name: string
  readonly #measure: Measure
  readonly #buckets: Buckets
  readonly #clock: Clock

  constructor(name: string, { points, duration }: Rate, { buckets, clock }: { buckets: Buckets; clock: Clock }) {
    this.#name = name
    this.#measure = { burst: points, interval: Math.ceil((duration * 1000) / points) }
    this.#buckets = buckets
    this.#clock = clock
  }

  /** Counts before the work is done, so that parallel tries are counted too. @throws TooManyAttempts */
  async take(key: string): Promise<void> {
    const wait = await this.#buckets.take(this.#key(key), this.#measure, this.#now())
    if (wait > 0) throw new TooManyAttempts(Math.ceil(wait / 1000))
  }

  /** An attempt that turned out right does not count. */
  async giveBack(key: string): Promise<void> {
    await this.#buckets.giveBack(this.#key(key), this.#measure, this.#now())
  }

  /** Forgets what was counted: an operator lets somebody try again. */
  async reset(key: string): Promise<void> {
    await this.#buckets.fill(this.#key(key))
  }

  #key(key: string): string {
    return `${this.#name}:${key}`
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}
