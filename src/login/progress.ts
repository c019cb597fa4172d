import type { Passed } from './assurance.ts'

/** A page that a person may leave without doing what it offers. */
export type Skippable = 'enrolment' | 'passkey'

/**
 * A sign-in that is under way: what has been passed, by whom, in which browser. It is no session and opens nothing; what
 * it still lacks is decided by `nextStep`, and only when nothing is lacking is the protocol told.
 */
export interface Progress {
  accountId: string
  passed: Passed[]
  skipped: Skippable[]
  /** The browser is to be trusted when this is over. */
  trust: boolean
  /** Recovery codes that were made on the way and not put away yet, sealed. */
  codes: string | null
  /** When the session was begun that is only to be made surer, epoch seconds; null where somebody says anew who they are. */
  carriedFrom: number | null
  /** Epoch milliseconds of the password with which it began: another one since then ends it. */
  passwordSince: number | null
  /** Epoch milliseconds. */
  begun: number
}
