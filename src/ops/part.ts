import { StoreUnavailable } from '../base/refusals.ts'
import { publicReason } from '../storage/store-errors.ts'

/** What is wrong with a part of this process, in a few words that reveal nothing to strangers, and since when. */
export interface Trouble {
  reason: string
  since: Date
}

/** One thing that readiness checks, and its trouble if there is any. */
export class Part {
  #trouble: Trouble | null = null

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** Marks the part as failing. @returns whether this is news: it was working before, or failing for another reason */
  ill(reason: string, at: Date): boolean {
    const news = this.#trouble?.reason !== reason
    this.#trouble = { reason, since: this.#trouble?.since ?? at }
    return news
  }

  /** Marks the part as working. @returns since when it had been failing; null if it had not */
  well(): Date | null {
    const since = this.#trouble?.since ?? null
    this.#trouble = null
    return since
  }
}

/** A failure that a probe detects itself; its message is the reason, and is shown to anyone. */
export class ProbeFailure extends Error {}

/** The kind of trouble, in a word or two that anyone may read; the details are for the log. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return publicReason(error)
  return error instanceof ProbeFailure ? error.message : 'failed'
}

/** For the log: what the store said, or the error itself if it does not come from a store. */
export function detailOf(error: unknown): { detail: string } | { err: unknown } {
  return error instanceof StoreUnavailable ? { detail: `${error.store}: ${error.reason}` } : { err: error }
}
