import type { AddressProof } from './address-proof.ts'
import type { Arrivals } from './arrivals.ts'
import type { Doorstep } from './doorstep.ts'
import type { MailCodes } from './mail-codes.ts'
import type { MailSignIn } from './mail-sign-in.ts'
import type { OpenAttempts } from './open-attempts.ts'
import type { PasskeyOffer } from './passkey-offer.ts'
import type { RegisteredHere } from './registered-here.ts'
import type { SecondFactor } from './second-factor.ts'
import type { SecondFactorRules } from './second-factor-rules.ts'
import type { SignIn } from './sign-in.ts'
import type { SignInEmails } from './sign-in-emails.ts'
import type { WayIn } from './way-in.ts'

/**
 * Signing in: who it is, by what they prove it, what is still missing, and what a sign-in leaves behind. State is
 * stored (open-attempts.ts), one pure function decides what comes next (next-step.ts), and no step calls another.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    addressProof: AddressProof
    arrivals: Arrivals
    doorstep: Doorstep
    mailCodes: MailCodes
    mailSignIn: MailSignIn
    openAttempts: OpenAttempts
    passkeyOffer: PasskeyOffer
    registeredHere: RegisteredHere
    secondFactor: SecondFactor
    secondFactorRules: SecondFactorRules
    signIn: SignIn
    signInEmails: SignInEmails
    wayIn: WayIn
  }
}
