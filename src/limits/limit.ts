import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Rate } from '../base/config.ts'
import type { Logger } from '../base/log.ts'
import { TooManyAttempts } from '../base/refusals.ts'

/** What is left of a limit. */
export interface Allowance {
  remaining: number
  /** Seconds until nothing of it is used. */
  refillsIn: number
}

/** A named limit, with a bucket for each key. */
export class Limit {
  readonly rate: Rate
  readonly #limiter

  constructor(rate: Rate, limiter: Pick<RateLimiterAbstract, 'consume' | 'reward' | 'delete'>) {
    this.rate = rate
    this.#limiter = limiter
  }

  /** Counts an attempt before the work is done, so that parallel attempts are counted too. @throws TooManyAttempts */
  async take(key: string): Promise<Allowance> {
    const { points, duration } = this.rate
    try {
      const { consumedPoints } = await this.#limiter.consume(key)
      return {
        remaining: Math.max(points - consumedPoints, 0),
        refillsIn: Math.ceil((consumedPoints * duration) / points),
      }
    } catch (refused) {
      throw refused instanceof RateLimiterRes ? new TooManyAttempts(Math.ceil(refused.msBeforeNext / 1000)) : refused
    }
  }

  /** Returns an attempt without waiting for it; logs a warning if that fails. */
  refundLater(key: string, log: Logger): void {
    this.refund(key).catch(error => log.warn(error, 'could not return an attempt to its limit'))
  }

  /** Returns an attempt that succeeded, so that it doesn't count. */
  async refund(key: string): Promise<void> {
    await this.#limiter.reward(key)
  }

  /** Resets the count, so that a person can try again; used by operators. */
  async reset(key: string): Promise<void> {
    await this.#limiter.delete(key)
  }
}
