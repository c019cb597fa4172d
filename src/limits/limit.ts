import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { TooManyAttempts } from '../base/refusals.ts'

/** One named limit: a bucket for each key. */
export class Limit {
  readonly #limiter: Pick<RateLimiterAbstract, 'consume' | 'reward' | 'delete'>

  constructor(limiter: Pick<RateLimiterAbstract, 'consume' | 'reward' | 'delete'>) {
    this.#limiter = limiter
  }

  /** Counts before the work is done, so that parallel tries are counted too. @throws TooManyAttempts */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key)
    } catch (refused) {
      throw refused instanceof RateLimiterRes ? new TooManyAttempts(Math.ceil(refused.msBeforeNext / 1000)) : refused
    }
  }

  /** An attempt that turned out right does not count. */
  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key)
  }

  /** Forgets what was counted: an operator lets a person try again. */
  async reset(key: string): Promise<void> {
    await this.#limiter.delete(key)
  }
}
