import { type Level, levelOf, type MethodName, reaches } from './assurance.ts'
import { asksForSecondFactor, type Enrolment } from './second-factor-policy.ts'

/** `set-up-factor`: a person without a second factor sets one up, because it is required or offered. */
export type Step =
  | 'identify'
  | 'second-factor'
  | 'set-up-factor'
  | 'save-recovery-codes'
  | 'verify-email'
  | 'offer-passkey'
  | 'done'

export interface SignInState {
  /** Null until the person has identified themselves. */
  accountId: string | null
  passed: ReadonlySet<MethodName>
  /** The person identified themselves in this sign-in. An older session alone does not allow setting up a factor. */
  fresh: boolean
  factors: { totp: boolean; passkeys: number }
  emailVerified: boolean
  /** New recovery codes have not been saved yet. */
  newCodes: boolean
  skipped: ReadonlySet<'enrolment' | 'passkey'>
}

/** What the sign-in has to satisfy. */
export interface Requirements {
  /** The level that the application requires. */
  level: Level
  enrolment: Enrolment
  /** Whether the application accepts only verified addresses. */
  verifiedEmail: boolean
  /** Whether a person without a passkey may be offered one. */
  offerPasskey: boolean
}

/**
 * Decides the next step of a sign-in. Nothing else does: a sign-in is finished only if this returns `done`, whatever
 * page the browser requests.
 */
export function nextStep(state: SignInState, { level, enrolment, verifiedEmail, offerPasskey }: Requirements): Step {
  const { accountId, passed, fresh, factors, emailVerified, newCodes, skipped } = state
  const reached = levelOf(passed)
  if (accountId === null || reached === null) return 'identify'
  const hasFactor = factors.totp || factors.passkeys > 0
  if (hasFactor && asksForSecondFactor(passed, level)) return 'second-factor'
  if (!reaches(reached, level)) {
    if (level === 'phr' && factors.passkeys > 0) return 'second-factor'
    return fresh ? 'set-up-factor' : 'identify'
  }
  const postponed = enrolment === 'offered' && skipped.has('enrolment')
  if (!hasFactor && !reaches(reached, '2fa') && enrolment !== 'none' && !postponed)
    return fresh ? 'set-up-factor' : 'identify'
  if (newCodes) return 'save-recovery-codes'
  if (verifiedEmail && !emailVerified) return 'verify-email'
  if (offerPasskey && passed.has('password') && fresh && factors.passkeys === 0 && !skipped.has('passkey'))
    return 'offer-passkey'
  return 'done'
}
