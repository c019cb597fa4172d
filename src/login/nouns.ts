import type { AwaitingVerification } from './awaiting-verification.ts'
import type { EmailOwnership } from './by-email/email-ownership.ts'
import type { EmailSignIn } from './by-email/email-sign-in.ts'
import type { SignInEmails } from './by-email/sign-in-emails.ts'
import type { CompletedSignIns } from './completed-sign-ins.ts'
import type { DuplicateRegistrations } from './duplicate-registrations.ts'
import type { PasskeyOffer } from './passkey-offer.ts'
import type { PendingSignIns } from './pending-sign-ins.ts'
import type { SecondFactorPolicy } from './second-factor-policy.ts'
import type { SecondFactorVerification } from './second-factor-verification.ts'
import type { SignIn } from './sign-in.ts'
import type { SignInRequirements } from './sign-in-requirements.ts'

/**
 * Signing in: identifying the person, the methods they use, what is still missing, and what a completed sign-in
 * records. State is stored (pending-sign-ins.ts), one pure function decides the next step (next-step.ts), and no
 * step calls another.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    emailOwnership: EmailOwnership
    completedSignIns: CompletedSignIns
    awaitingVerification: AwaitingVerification
    emailSignIn: EmailSignIn
    pendingSignIns: PendingSignIns
    passkeyOffer: PasskeyOffer
    duplicateRegistrations: DuplicateRegistrations
    secondFactorVerification: SecondFactorVerification
    secondFactorPolicy: SecondFactorPolicy
    signIn: SignIn
    signInEmails: SignInEmails
    signInRequirements: SignInRequirements
  }
}
