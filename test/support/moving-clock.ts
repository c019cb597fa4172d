import type { Clock } from '../../src/base/clock.ts'

/** A clock that a test passes to the product, and moves. */
export class MovingClock implements Clock {
  #ahead = 0

  now(): Date {
    return new Date(Date.now() + this.#ahead)
  }

  advance(seconds: number): void {
    this.#ahead += seconds * 1000
  }
}
