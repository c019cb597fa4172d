import { mock } from 'node:test'
import type { ExecutionContext } from 'ava'

/**
 * Moves the one clock that everything in this process reads, the protocol library and the embedded database included.
 * It stands still between moves, and timers are left alone. Only for serial tests: a process has one time.
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
