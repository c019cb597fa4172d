import type { Acquaintances } from './acquaintances.ts'
import type { AddressChange } from './address-change.ts'
import type { AddressMove } from './address-move.ts'
import type { AddressRestore } from './address-restore.ts'
import type { Deletion } from './deletion.ts'
import type { Enrolment } from './enrolment.ts'
import type { Erasure } from './erasure.ts'
import type { Export } from './export.ts'
import type { FactorChanges } from './factor-changes.ts'
import type { FactorLoss } from './factor-loss.ts'
import type { FactorResets } from './factor-resets.ts'
import type { FormerOwner } from './former-owner.ts'
import type { Guests } from './guests.ts'
import type { Linking } from './linking.ts'
import type { Mirroring } from './mirroring.ts'
import type { Newcomers } from './newcomers.ts'
import type { Panic } from './panic.ts'
import type { PasswordChange } from './password-change.ts'
import type { Passwordless } from './passwordless.ts'
import type { Profiles } from './profiles.ts'
import type { Reception } from './reception.ts'
import type { Reclaim } from './reclaim.ts'
import type { Recovery } from './recovery.ts'
import type { Registration } from './registration.ts'
import type { SamePerson } from './same-person.ts'
import type { Setup } from './setup.ts'
import type { SignOutEverywhere } from './sign-out.ts'
import type { Suspension } from './suspension.ts'
import type { UpstreamSignOut } from './upstream-sign-out.ts'
import type { Verification } from './verification.ts'
import type { VerificationResend } from './verification-resend.ts'
import type { WaysIn } from './ways-in.ts'

/**
 * The life of an account: how it begins (setup, registration, a first sign-in through a provider), how its address is
 * verified and changed, how a lost or stolen password is replaced, and how it is suspended, exported and deleted.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    acquaintances: Acquaintances
    addressChange: AddressChange
    addressMove: AddressMove
    addressRestore: AddressRestore
    deletion: Deletion
    enrolment: Enrolment
    erasure: Erasure
    export: Export
    factorChanges: FactorChanges
    factorLoss: FactorLoss
    factorResets: FactorResets
    formerOwner: FormerOwner
    guests: Guests
    linking: Linking
    mirroring: Mirroring
    newcomers: Newcomers
    panic: Panic
    passwordChange: PasswordChange
    passwordless: Passwordless
    profiles: Profiles
    reception: Reception
    reclaim: Reclaim
    recovery: Recovery
    registration: Registration
    samePerson: SamePerson
    setup: Setup
    signOut: SignOutEverywhere
    suspension: Suspension
    upstreamSignOut: UpstreamSignOut
    verification: Verification
    verificationResend: VerificationResend
    waysIn: WaysIn
  }
}
