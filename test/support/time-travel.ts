import { mock } from 'node:test'
import type { ExecutionContext } from 'ava'

/**
 * Moves the clock of this process, which the protocol library and the embedded database read too. It stands still between
 * moves, and timers are not affected. Only for serial tests: a process has one clock.
 */
export class TimeTravel {
  constructor(t: ExecutionContext) {
    mock.timers.enable({ apis: ['Date'], now: Date.now() })
    t.teardown(() => mock.timers.reset())
  }

  pass(seconds: number): void {
    mock.timers.setTime(Date.now() + seconds * 1000)
  }
}
