import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Logger } from '../base/log.ts'
import { TooManyAttempts } from '../base/refusals.ts'

/** A named limit, with a bucket for each key. */
export class Limit {
  readonly #limiter

  constructor(limiter: Pick<RateLimiterAbstract, 'consume' | 'reward' | 'delete'>) {
    this.#limiter = limiter
  }

  /** Counts an attempt before the work is done, so that parallel attempts are counted too. @throws TooManyAttempts */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key)
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
