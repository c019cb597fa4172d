import type { Clock } from '../../src/base/clock.ts'

/** A clock that stands still until a test moves it, for tests that depend on the exact second. */
export class StoppedClock implements Clock {
  #at: number

  constructor(at: string | number | Date) {
    this.#at = new Date(at).getTime()
  }

  now(): Date {
    return new Date(this.#at)
  }

  advance(seconds: number): void {
    this.#at += seconds * 1000
  }
}
