import type { Clock } from '../../../modules/resource-server/types.d.ts'

/** A clock for an API and its issuer that stands still until a test moves it: what waits for a time waits for the test. */
export class SteppingClock implements Clock {
  #now = 1000 * Math.floor(Date.now() / 1000)
  readonly #sleepers = new Set<{ until: number; wake: () => void }>()

  now(): number {
    return this.#now
  }

  get epoch(): number {
    return Math.floor(this.now() / 1000)
  }

  /** What waits now. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (signal?.aborted) return Promise.resolve()
    const sleeper = {
      until: this.now() + milliseconds,
      wake: () => {
        this.#sleepers.delete(sleeper)
        resolve()
      },
    }
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', sleeper.wake, { once: true })
    return promise
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.now()) sleeper.wake()
  }
}
