import { StoreUnavailable } from '../base/refusals.ts'
import { publicReason } from '../storage/store-errors.ts'

/** What is wrong with a component, in a few words that reveal nothing to strangers, and since when. */
export interface Problem {
  reason: string
  since: Date
}

/** One thing that readiness checks, and its problem if it has one. */
export class Component {
  #problem: Problem | null = null

  get problem(): Problem | null {
    return this.#problem
  }

  /** @returns whether this is news: the component was working before, or failing for another reason */
  fails(reason: string, at: Date): boolean {
    const news = this.#problem?.reason !== reason
    this.#problem = { reason, since: this.#problem?.since ?? at }
    return news
  }

  /** @returns since when the component had been failing; null if it had not */
  works(): Date | null {
    const since = this.#problem?.since ?? null
    this.#problem = null
    return since
  }
}

/** A failure that a probe detects itself; its message is the reason, and is shown to anyone. */
export class ProbeFailure extends Error {}

/** The kind of problem, in a word or two that anyone may read; the details are for the log. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return publicReason(error)
  return error instanceof ProbeFailure ? error.message : 'failed'
}

/** For the log: what the store said, or the error itself if it does not come from a store. */
export function detailOf(error: unknown): { detail: string } | { err: unknown } {
  return error instanceof StoreUnavailable ? { detail: `${error.store}: ${error.reason}` } : { err: error }
}
