import { Accounts } from './accounts/accounts.ts'
import { LoginNames } from './accounts/login-name.ts'
import { Usernames } from './accounts/usernames.ts'
import { History } from './audit/history.ts'
import { Trail } from './audit/trail.ts'
import type { Needs } from './base/nouns.ts'
import { Wiring } from './base/wiring.ts'
import { Clients } from './clients/clients.ts'
import { Resources } from './clients/resources.ts'
import { Factors } from './credentials/factors.ts'
import { KnownBrowsers } from './credentials/known-browsers/known-browsers.ts'
import { PasskeyAuthentication } from './credentials/passkeys/passkey-authentication.ts'
import { Passkeys } from './credentials/passkeys/passkeys.ts'
import { WebAuthn } from './credentials/passkeys/webauthn.ts'
import { WebAuthnChallenges } from './credentials/passkeys/webauthn-challenges.ts'
import { Passwords } from './credentials/passwords/passwords.ts'
import { RecoveryCodes } from './credentials/recovery-codes/recovery-codes.ts'
import { ThrottledVerification } from './credentials/throttled-verification.ts'
import { Totps } from './credentials/totp/totps.ts'
import { Emails } from './email/emails.ts'
import { Mailbox } from './email/mailbox.ts'
import { Outbox } from './email/outbox.ts'
import { IdentityLinks } from './federation/identity-links.ts'
import { Upstreams } from './federation/protocol/upstreams.ts'
import { IdentityProviders } from './federation/providers/identity-providers.ts'
import { ProviderCheck } from './federation/providers/provider-check.ts'
import { UpstreamRequests } from './federation/sessions/authorization-requests.ts'
import { UpstreamLogouts } from './federation/sessions/upstream-logout.ts'
import { UpstreamSessions } from './federation/sessions/upstream-sessions.ts'
import { Keys } from './keys/keys.ts'
import { PendingRegistration } from './lifecycle/joining/pending-registration.ts'
import { Registration } from './lifecycle/joining/registration.ts'
import { Setup } from './lifecycle/joining/setup.ts'
import { Verification } from './lifecycle/joining/verification.ts'
import { VerificationResend } from './lifecycle/joining/verification-resend.ts'
import { AddressChange } from './lifecycle/keeping/address-change.ts'
import { AddressMove } from './lifecycle/keeping/address-move.ts'
import { AddressRestore } from './lifecycle/keeping/address-restore.ts'
import { Compromise } from './lifecycle/keeping/compromise.ts'
import { FactorChanges } from './lifecycle/keeping/factor-changes.ts'
import { FactorLoss } from './lifecycle/keeping/factor-loss.ts'
import { FactorResets } from './lifecycle/keeping/factor-resets.ts'
import { FormerOwner } from './lifecycle/keeping/former-owner.ts'
import { OwnershipProof } from './lifecycle/keeping/ownership-proof.ts'
import { PasswordChange } from './lifecycle/keeping/password-change.ts'
import { Passwordless } from './lifecycle/keeping/passwordless.ts'
import { Profiles } from './lifecycle/keeping/profiles.ts'
import { Recovery } from './lifecycle/keeping/recovery.ts'
import { SignInMethods } from './lifecycle/keeping/sign-in-methods.ts'
import { Deletion } from './lifecycle/leaving/deletion.ts'
import { Erasure } from './lifecycle/leaving/erasure.ts'
import { Export } from './lifecycle/leaving/export.ts'
import { SignOutEverywhere } from './lifecycle/leaving/sign-out-everywhere.ts'
import { Suspension } from './lifecycle/leaving/suspension.ts'
import { AccountMatching } from './lifecycle/upstream/account-matching.ts'
import { AccountTakeover } from './lifecycle/upstream/account-takeover.ts'
import { ClaimsSync } from './lifecycle/upstream/claims-sync.ts'
import { JustInTimeRegistration } from './lifecycle/upstream/just-in-time-registration.ts'
import { Linking } from './lifecycle/upstream/linking.ts'
import { PendingIdentities } from './lifecycle/upstream/pending-identities.ts'
import { ReceivedLogout } from './lifecycle/upstream/received-logout.ts'
import { ReturningIdentities } from './lifecycle/upstream/returning-identities.ts'
import { LinkCodes } from './links/link-codes.ts'
import { OneTimeLinks } from './links/one-time-links.ts'
import { AuthenticationSessions } from './login/authentication-sessions.ts'
import { AwaitingVerification } from './login/awaiting-verification.ts'
import { EmailCodes } from './login/by-email/email-codes.ts'
import { EmailOwnership } from './login/by-email/email-ownership.ts'
import { EmailSignIn } from './login/by-email/email-sign-in.ts'
import { SignInEmails } from './login/by-email/sign-in-emails.ts'
import { CompletedSignIns } from './login/completed-sign-ins.ts'
import { InteractionRegistrations } from './login/interaction-registrations.ts'
import { PasskeyOffer } from './login/passkey-offer.ts'
import { SecondFactor } from './login/second-factor.ts'
import { SecondFactorRules } from './login/second-factor-rules.ts'
import { SignIn } from './login/sign-in.ts'
import { SignInRequirements } from './login/sign-in-requirements.ts'
import { Roles } from './roles/roles.ts'
import { BackchannelLogout } from './sessions/backchannel-logout.ts'
import { Sessions } from './sessions/sessions.ts'
import { Kept } from './storage/artifacts/kept.ts'
import { Applications } from './tokens/applications.ts'
import { Consents } from './tokens/consents.ts'
import { Grants } from './tokens/grants.ts'

type Below = Needs<
  | 'config'
  | 'clock'
  | 'log'
  | 'outages'
  | 'outbound'
  | 'sealing'
  | 'limits'
  | 'database'
  | 'em'
  | 'atomically'
  | 'changes'
  | 'migrating'
  | 'queue'
  | 'artifacts'
  | 'ends'
  | 'redis'
  | 'replayMarks'
  | 'unconfirmedAnswers'
>

/** Makes every noun of the product in order: one that is made before the nouns it needs does not compile. */
export const wired = (below: Below) =>
  new Wiring(below)
    .with({ audit: Trail, kept: Kept, outbox: Outbox, mailbox: Mailbox })
    .with({
      history: History,
      accounts: Accounts,
      clients: Clients,
      keys: Keys,
      resources: Resources,
      usernames: Usernames,
    })
    .with({ loginNames: LoginNames })
    .with({
      webauthnChallenges: WebAuthnChallenges,
      knownBrowsers: KnownBrowsers,
      linkCodes: LinkCodes,
      links: OneTimeLinks,
      passwords: Passwords,
      webauthn: WebAuthn,
    })
    .with({
      throttledVerification: ThrottledVerification,
      emails: Emails,
      factors: Factors,
      passkeys: Passkeys,
      totps: Totps,
    })
    .with({ passkeyAuthentication: PasskeyAuthentication, recoveryCodes: RecoveryCodes })
    .with({
      identityLinks: IdentityLinks,
      identityProviders: IdentityProviders,
      upstreamRequests: UpstreamRequests,
      upstreamSessions: UpstreamSessions,
    })
    .with({ upstreams: Upstreams })
    .with({ upstreamLogouts: UpstreamLogouts, providerCheck: ProviderCheck })
    .with({ backchannelLogout: BackchannelLogout, grants: Grants, roles: Roles })
    .with({ consents: Consents, sessions: Sessions })
    .with({ applications: Applications })
    .with({
      emailOwnership: EmailOwnership,
      completedSignIns: CompletedSignIns,
      awaitingVerification: AwaitingVerification,
      emailCodes: EmailCodes,
      authenticationSessions: AuthenticationSessions,
      passkeyOffer: PasskeyOffer,
      interactionRegistrations: InteractionRegistrations,
      secondFactor: SecondFactor,
      secondFactorRules: SecondFactorRules,
      signIn: SignIn,
    })
    .with({ signInEmails: SignInEmails, signInRequirements: SignInRequirements })
    .with({ emailSignIn: EmailSignIn })
    .with({
      erasure: Erasure,
      factorResets: FactorResets,
      pendingIdentities: PendingIdentities,
      claimsSync: ClaimsSync,
      profiles: Profiles,
      ownershipProof: OwnershipProof,
      signOut: SignOutEverywhere,
      suspension: Suspension,
      receivedLogout: ReceivedLogout,
      signInMethods: SignInMethods,
    })
    .with({
      returningIdentities: ReturningIdentities,
      addressMove: AddressMove,
      deletion: Deletion,
      pendingRegistration: PendingRegistration,
      export: Export,
      factorChanges: FactorChanges,
      factorLoss: FactorLoss,
      formerOwner: FormerOwner,
      linking: Linking,
      justInTimeRegistration: JustInTimeRegistration,
      compromise: Compromise,
      passwordChange: PasswordChange,
      passwordless: Passwordless,
      accountTakeover: AccountTakeover,
      recovery: Recovery,
      verification: Verification,
    })
    .with({
      addressChange: AddressChange,
      addressRestore: AddressRestore,
      accountMatching: AccountMatching,
      registration: Registration,
      verificationResend: VerificationResend,
    })
    .with({ setup: Setup }).app
