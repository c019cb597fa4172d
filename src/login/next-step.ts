import { allowsTrustedBrowser, type Level, levelOf, type MethodName, reaches } from './assurance.ts'

/** `set-up-factor`: a person without a second factor sets one up, because it is required or offered. */
export type Step =
  | 'identify'
  | 'second-factor'
  | 'set-up-factor'
  | 'save-recovery-codes'
  | 'verify-email'
  | 'offer-passkey'
  | 'done'

/** The state of a sign-in. */
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
  /** What the operator's rules require of a person without a second factor. */
  enrolment: 'free' | 'offered' | 'required'
  /** Whether the application accepts only verified addresses. */
  verifiedEmail: boolean
  /** Whether a person without a passkey may be offered one. */
  offerPasskey: boolean
}

/**
 * Decides the next step of a sign-in. Nothing else does: a sign-in is finished only if this returns `done`, whatever
 * page the browser requests. In a trusted browser the second factor is not asked for, but the browser is not a factor:
 * an application that requires two gets two.
 */
export function nextStep(standing: SignInState, demand: Requirements): Step {
  const { accountId, passed, fresh, factors, emailVerified, newCodes, skipped } = standing
  const level = levelOf(passed)
  if (accountId === null || level === null) return 'identify'
  const two = reaches(level, '2fa')
  const hasFactor = factors.totp || factors.passkeys > 0
  const spared = passed.has('trusted-browser') && allowsTrustedBrowser(passed) && demand.level === '1fa'
  if (hasFactor && !two && !spared) return 'second-factor'
  if (!reaches(level, demand.level)) {
    if (demand.level === 'phr' && factors.passkeys > 0) return 'second-factor'
    return fresh ? 'set-up-factor' : 'identify'
  }
  if (
    !hasFactor &&
    !two &&
    demand.enrolment !== 'free' &&
    !(demand.enrolment === 'offered' && skipped.has('enrolment'))
  ) {
    return fresh ? 'set-up-factor' : 'identify'
  }
  if (newCodes) return 'save-recovery-codes'
  if (demand.verifiedEmail && !emailVerified) return 'verify-email'
  if (demand.offerPasskey && passed.has('password') && fresh && factors.passkeys === 0 && !skipped.has('passkey'))
    return 'offer-passkey'
  return 'done'
}
