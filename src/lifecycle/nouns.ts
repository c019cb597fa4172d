import type { Compromise } from './account/compromise.ts'
import type { OwnershipProof } from './account/ownership-proof.ts'
import type { Profiles } from './account/profiles.ts'
import type { SignInMethods } from './account/sign-in-methods.ts'
import type { SignOutEveryone } from './account/sign-out-everyone.ts'
import type { SignOutEverywhere } from './account/sign-out-everywhere.ts'
import type { Deletion } from './closing/deletion.ts'
import type { Erasure } from './closing/erasure.ts'
import type { Export } from './closing/export.ts'
import type { Suspension } from './closing/suspension.ts'
import type { EmailChange } from './email-change/email-change.ts'
import type { EmailChangeUndo } from './email-change/email-change-undo.ts'
import type { EmailMove } from './email-change/email-move.ts'
import type { FormerOwner } from './email-change/former-owner.ts'
import type { ImpersonationEnds } from './impersonation/impersonation-ends.ts'
import type { Impersonations } from './impersonation/impersonations.ts'
import type { PasswordChanges } from './passwords/password-changes.ts'
import type { PasswordReset } from './passwords/password-reset.ts'
import type { PendingRegistration } from './registration/pending-registration.ts'
import type { Registration } from './registration/registration.ts'
import type { Setup } from './registration/setup.ts'
import type { Verification } from './registration/verification.ts'
import type { FactorChanges } from './second-factors/factor-changes.ts'
import type { FactorLoss } from './second-factors/factor-loss.ts'
import type { FactorResets } from './second-factors/factor-resets.ts'
import type { AccountMatching } from './upstream/account-matching.ts'
import type { AccountTakeover } from './upstream/account-takeover.ts'
import type { ClaimsSync } from './upstream/claims-sync.ts'
import type { JustInTimeRegistration } from './upstream/just-in-time-registration.ts'
import type { Linking } from './upstream/linking.ts'
import type { PendingIdentities } from './upstream/pending-identities.ts'
import type { UpstreamBackchannelLogout } from './upstream/upstream-backchannel-logout.ts'

/**
 * The life of an account: how it begins (setup, registration, a first sign-in through a provider), how its address is
 * verified and changed, how a lost or stolen password is replaced, and how it is suspended, exported and deleted.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    emailChange: EmailChange
    signOutEveryone: SignOutEveryone
    emailMove: EmailMove
    emailChangeUndo: EmailChangeUndo
    deletion: Deletion
    pendingRegistration: PendingRegistration
    erasure: Erasure
    export: Export
    factorChanges: FactorChanges
    factorLoss: FactorLoss
    factorResets: FactorResets
    formerOwner: FormerOwner
    pendingIdentities: PendingIdentities
    impersonations: Impersonations
    impersonationEnds: ImpersonationEnds
    linking: Linking
    claimsSync: ClaimsSync
    justInTimeRegistration: JustInTimeRegistration
    compromise: Compromise
    passwordChanges: PasswordChanges
    profiles: Profiles
    accountMatching: AccountMatching
    accountTakeover: AccountTakeover
    passwordReset: PasswordReset
    registration: Registration
    ownershipProof: OwnershipProof
    setup: Setup
    signOut: SignOutEverywhere
    suspension: Suspension
    upstreamBackchannelLogout: UpstreamBackchannelLogout
    verification: Verification
    signInMethods: SignInMethods
  }
}
