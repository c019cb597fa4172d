import { type Level, levelOf, type Method, reaches, sparable } from './assurance.ts'

/** `enrol`: somebody who has no second factor, where one is needed or offered, sets one up on the way. */
export type Step =
  | 'identify'
  | 'second-factor'
  | 'enrol'
  | 'save-recovery-codes'
  | 'prove-address'
  | 'offer-passkey'
  | 'done'

/** Where somebody stands on their way in. */
export interface Standing {
  /** Nobody has said who they are yet. */
  accountId: string | null
  passed: ReadonlySet<Method>
  /** They said who they are in this very sign-in: an old session alone sets up no factor. */
  fresh: boolean
  factors: { totp: boolean; passkeys: number }
  addressProven: boolean
  /** Recovery codes were just made, and not yet put away. */
  newCodes: boolean
  skipped: ReadonlySet<'enrolment' | 'passkey'>
}

/** What is asked of them. */
export interface Demand {
  /** By the application. */
  level: Level
  /** By the rules of this place, for whoever has no second factor yet. */
  enrolment: 'free' | 'offered' | 'required'
  /** Whether the application is for people with a proven address alone. */
  provenAddress: boolean
  /** Whether a passkey may be offered to somebody who has none. */
  offerPasskey: boolean
}

/**
 * What comes next in a sign-in. Nothing else decides it: a sign-in is finished only where this says `done`, whatever
 * page the browser has asked for. A trusted browser spares the second factor, but is none: where the application wants
 * two, it gets two.
 */
export function nextStep(standing: Standing, demand: Demand): Step {
  const { accountId, passed, fresh, factors, addressProven, newCodes, skipped } = standing
  const level = levelOf(passed)
  if (accountId === null || level === null) return 'identify'
  const two = reaches(level, '2fa')
  const hasFactor = factors.totp || factors.passkeys > 0
  const spared = passed.has('trusted-browser') && sparable(passed) && demand.level === '1fa'
  if (hasFactor && !two && !spared) return 'second-factor'
  if (!reaches(level, demand.level)) {
    if (demand.level === 'phr' && factors.passkeys > 0) return 'second-factor'
    return fresh ? 'enrol' : 'identify'
  }
  if (
    !hasFactor &&
    !two &&
    demand.enrolment !== 'free' &&
    !(demand.enrolment === 'offered' && skipped.has('enrolment'))
  ) {
    return fresh ? 'enrol' : 'identify'
  }
  if (newCodes) return 'save-recovery-codes'
  if (demand.provenAddress && !addressProven) return 'prove-address'
  if (demand.offerPasskey && passed.has('password') && fresh && factors.passkeys === 0 && !skipped.has('passkey'))
    return 'offer-passkey'
  return 'done'
}
