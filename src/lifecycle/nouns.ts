import type { PendingRegistration } from './joining/pending-registration.ts'
import type { Registration } from './joining/registration.ts'
import type { Setup } from './joining/setup.ts'
import type { Verification } from './joining/verification.ts'
import type { VerificationResend } from './joining/verification-resend.ts'
import type { AddressChange } from './keeping/address-change.ts'
import type { AddressMove } from './keeping/address-move.ts'
import type { AddressRestore } from './keeping/address-restore.ts'
import type { Compromise } from './keeping/compromise.ts'
import type { FactorChanges } from './keeping/factor-changes.ts'
import type { FactorLoss } from './keeping/factor-loss.ts'
import type { FactorResets } from './keeping/factor-resets.ts'
import type { FormerOwner } from './keeping/former-owner.ts'
import type { OwnershipProof } from './keeping/ownership-proof.ts'
import type { PasswordChange } from './keeping/password-change.ts'
import type { Passwordless } from './keeping/passwordless.ts'
import type { Profiles } from './keeping/profiles.ts'
import type { Recovery } from './keeping/recovery.ts'
import type { SignInMethods } from './keeping/sign-in-methods.ts'
import type { Deletion } from './leaving/deletion.ts'
import type { Erasure } from './leaving/erasure.ts'
import type { Export } from './leaving/export.ts'
import type { SignOutEverywhere } from './leaving/sign-out-everywhere.ts'
import type { Suspension } from './leaving/suspension.ts'
import type { AccountMatching } from './upstream/account-matching.ts'
import type { AccountTakeover } from './upstream/account-takeover.ts'
import type { ClaimsSync } from './upstream/claims-sync.ts'
import type { JustInTimeRegistration } from './upstream/just-in-time-registration.ts'
import type { Linking } from './upstream/linking.ts'
import type { PendingIdentities } from './upstream/pending-identities.ts'
import type { ReceivedLogout } from './upstream/received-logout.ts'
import type { ReturningIdentities } from './upstream/returning-identities.ts'

/**
 * The life of an account: how it begins (setup, registration, a first sign-in through a provider), how its address is
 * verified and changed, how a lost or stolen password is replaced, and how it is suspended, exported and deleted.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    returningIdentities: ReturningIdentities
    addressChange: AddressChange
    addressMove: AddressMove
    addressRestore: AddressRestore
    deletion: Deletion
    pendingRegistration: PendingRegistration
    erasure: Erasure
    export: Export
    factorChanges: FactorChanges
    factorLoss: FactorLoss
    factorResets: FactorResets
    formerOwner: FormerOwner
    pendingIdentities: PendingIdentities
    linking: Linking
    claimsSync: ClaimsSync
    justInTimeRegistration: JustInTimeRegistration
    compromise: Compromise
    passwordChange: PasswordChange
    passwordless: Passwordless
    profiles: Profiles
    accountMatching: AccountMatching
    accountTakeover: AccountTakeover
    recovery: Recovery
    registration: Registration
    ownershipProof: OwnershipProof
    setup: Setup
    signOut: SignOutEverywhere
    suspension: Suspension
    receivedLogout: ReceivedLogout
    verification: Verification
    verificationResend: VerificationResend
    signInMethods: SignInMethods
  }
}
