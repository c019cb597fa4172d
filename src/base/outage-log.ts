import type { Logger } from './log.ts'
import type { StoreUnavailable } from './refusals.ts'

const EVERY_MS = 1_000

interface Outage {
  failures: number
  reason: string
  requestId: string | undefined
}

/** Logs that a store is unavailable: at once the first time, then at most once a second with the number of failures. */
export class OutageLog {
  readonly #log: Logger
  readonly #since = new Map<StoreUnavailable['store'], Outage>()

  constructor(log: Logger) {
    this.#log = log
  }

  note({ store, reason }: Pick<StoreUnavailable, 'store' | 'reason'>, requestId?: string): void {
    const since = this.#since.get(store)
    if (since) {
      this.#since.set(store, { failures: since.failures + 1, reason, requestId })
    } else {
      this.#write(store, { failures: 1, reason, requestId })
      this.#wait(store)
    }
  }

  #wait(store: StoreUnavailable['store']): void {
    this.#since.set(store, { failures: 0, reason: '', requestId: undefined })
    setTimeout(() => {
      const outage = this.#since.get(store)
      this.#since.delete(store)
      if (!outage?.failures) return
      this.#write(store, outage)
      this.#wait(store)
    }, EVERY_MS).unref()
  }

  #write(store: string, { failures, reason, requestId }: Outage): void {
    this.#log.error({ store, failures, reason, ...(requestId && { requestId }) }, 'a store is unavailable')
  }
}
