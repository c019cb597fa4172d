import { StoreUnavailable } from '../base/refusals.ts'
import { troubleOf } from '../storage/unavailable.ts'

/** What is wrong with a part of this process: in a few words that tell a stranger nothing, and since when. */
export interface Trouble {
  reason: string
  since: Date
}

/** One thing that readiness looks at, and since when it has not been well. */
export class Part {
  #trouble: Trouble | null = null

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** @returns whether this is news: it was well before, or ill for another reason */
  ill(reason: string, at: Date): boolean {
    const news = this.#trouble?.reason !== reason
    this.#trouble = { reason, since: this.#trouble?.since ?? at }
    return news
  }

  /** @returns since when it was ill, where it was */
  well(): Date | null {
    const since = this.#trouble?.since ?? null
    this.#trouble = null
    return since
  }
}

/** What a probe finds by itself; its message is a reason. */
export class ProbeFailure extends Error {}

/** A word or two for the kind of trouble; the whole of it is for the log. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return troubleOf(error)
  return error instanceof ProbeFailure ? error.message : 'failed'
}

/** For the log: what the store said, or the error where it is none of a store. */
export function detailOf(error: unknown): { detail: string } | { err: unknown } {
  return error instanceof StoreUnavailable ? { detail: `${error.store}: ${error.reason}` } : { err: error }
}
