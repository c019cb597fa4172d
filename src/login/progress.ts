import type { AuthenticationMethod } from './assurance.ts'

/** A page that the person may skip. */
export type Skippable = 'enrolment' | 'passkey'

/**
 * A sign-in in progress: the account and the methods passed. It is not a session and gives no access. `nextStep`
 * decides what is missing; the protocol gets a result only once nothing is.
 */
export interface SignInProgress {
  accountId: string
  passed: AuthenticationMethod[]
  skipped: Skippable[]
  /** Trust the browser once the sign-in is finished. */
  trust: boolean
  /** Recovery codes that were made during the sign-in and not saved yet, encrypted. */
  codes: string | null
  /**
   * Start of the session whose level this sign-in raises, epoch seconds; null if the person identifies themselves
   * again.
   */
  carriedFrom: number | null
  /** When the password was set, as of the start of the sign-in, epoch milliseconds. A later one invalidates it. */
  passwordSince: number | null
  /** Epoch milliseconds. */
  begun: number
}
