import { Accounts } from './accounts/accounts.ts'
import { Usernames } from './accounts/usernames.ts'
import { AuditKey } from './audit/audit-key.ts'
import { AuditLog } from './audit/audit-log.ts'
import { History } from './audit/history.ts'
import { chainNouns, nounsOnChain } from './audit-chain/wired.ts'
import { Wiring } from './base/wiring.ts'
import { SecretUse } from './clients/client-secrets/secret-use.ts'
import { Clients } from './clients/clients.ts'
import { MetadataDocuments } from './clients/metadata-documents/metadata-documents.ts'
import { Resources } from './clients/resources.ts'
import { ClientUse } from './clients/self-registration/client-use.ts'
import { RegistrationTokens } from './clients/self-registration/registration-tokens.ts'
import { SelfRegistration } from './clients/self-registration/self-registration.ts'
import { SoftwareStatements } from './clients/self-registration/software-statements.ts'
import { KnownBrowsers } from './credentials/known-browsers/known-browsers.ts'
import { PasskeyAuthentication } from './credentials/passkeys/passkey-authentication.ts'
import { Passkeys } from './credentials/passkeys/passkeys.ts'
import { WebAuthn } from './credentials/passkeys/webauthn.ts'
import { WebAuthnChallenges } from './credentials/passkeys/webauthn-challenges.ts'
import { Passwords } from './credentials/passwords/passwords.ts'
import { RecoveryCodes } from './credentials/recovery-codes/recovery-codes.ts'
import { SecondFactors } from './credentials/second-factors.ts'
import { ThrottledVerification } from './credentials/throttled-verification.ts'
import { Totps } from './credentials/totp/totps.ts'
import { Emails } from './email/emails.ts'
import { Mailbox } from './email/mailbox.ts'
import { Outbox } from './email/outbox.ts'
import { IdentityLinks } from './federation/identity-links.ts'
import { UpstreamClient } from './federation/protocol/upstream-client.ts'
import { IdentityProviders } from './federation/providers/identity-providers.ts'
import { ProviderCheck } from './federation/providers/provider-check.ts'
import { UpstreamLogouts } from './federation/sessions/upstream-logout.ts'
import { UpstreamSessions } from './federation/sessions/upstream-sessions.ts'
import { UpstreamRequests } from './federation/upstream-requests.ts'
import type { Foundation } from './foundation.ts'
import { AuthorizedApplications } from './grants/authorized-applications.ts'
import { Consents } from './grants/consents.ts'
import { Grants } from './grants/grants.ts'
import { Keys } from './keys/keys.ts'
import { Compromise } from './lifecycle/account/compromise.ts'
import { OwnershipProof } from './lifecycle/account/ownership-proof.ts'
import { Profiles } from './lifecycle/account/profiles.ts'
import { SignInMethods } from './lifecycle/account/sign-in-methods.ts'
import { SignOutEveryone } from './lifecycle/account/sign-out-everyone.ts'
import { SignOutEverywhere } from './lifecycle/account/sign-out-everywhere.ts'
import { Deletion } from './lifecycle/closing/deletion.ts'
import { Erasure } from './lifecycle/closing/erasure.ts'
import { Export } from './lifecycle/closing/export.ts'
import { Suspension } from './lifecycle/closing/suspension.ts'
import { EmailChange } from './lifecycle/email-change/email-change.ts'
import { EmailChangeUndo } from './lifecycle/email-change/email-change-undo.ts'
import { EmailMove } from './lifecycle/email-change/email-move.ts'
import { FormerOwner } from './lifecycle/email-change/former-owner.ts'
import { ImpersonationEnds } from './lifecycle/impersonation/impersonation-ends.ts'
import { Impersonations } from './lifecycle/impersonation/impersonations.ts'
import { PasswordChanges } from './lifecycle/passwords/password-changes.ts'
import { PasswordReset } from './lifecycle/passwords/password-reset.ts'
import { PendingRegistration } from './lifecycle/registration/pending-registration.ts'
import { Registration } from './lifecycle/registration/registration.ts'
import { Setup } from './lifecycle/registration/setup.ts'
import { Verification } from './lifecycle/registration/verification.ts'
import { FactorChanges } from './lifecycle/second-factors/factor-changes.ts'
import { FactorLoss } from './lifecycle/second-factors/factor-loss.ts'
import { FactorResets } from './lifecycle/second-factors/factor-resets.ts'
import { AccountMatching } from './lifecycle/upstream/account-matching.ts'
import { AccountTakeover } from './lifecycle/upstream/account-takeover.ts'
import { ClaimsSync } from './lifecycle/upstream/claims-sync.ts'
import { JustInTimeRegistration } from './lifecycle/upstream/just-in-time-registration.ts'
import { Linking } from './lifecycle/upstream/linking.ts'
import { PendingIdentities } from './lifecycle/upstream/pending-identities.ts'
import { UpstreamBackchannelLogout } from './lifecycle/upstream/upstream-backchannel-logout.ts'
import { LinkCodes } from './links/link-codes.ts'
import { OneTimeLinks } from './links/one-time-links.ts'
import { AwaitingVerification } from './login/awaiting-verification.ts'
import { EmailOwnership } from './login/by-email/email-ownership.ts'
import { EmailSignIn } from './login/by-email/email-sign-in.ts'
import { SignInEmails } from './login/by-email/sign-in-emails.ts'
import { CompletedSignIns } from './login/completed-sign-ins.ts'
import { DuplicateRegistrations } from './login/duplicate-registrations.ts'
import { PasskeyOffer } from './login/passkey-offer.ts'
import { PendingSignIns } from './login/pending-sign-ins.ts'
import { SecondFactorPolicy } from './login/second-factor-policy.ts'
import { SecondFactorVerification } from './login/second-factor-verification.ts'
import { SignIn } from './login/sign-in.ts'
import { SignInRequirements } from './login/sign-in-requirements.ts'
import { RefusedRequests } from './requests/refused-requests.ts'
import { RequestReports } from './requests/request-reports.ts'
import { Assignments } from './roles/assignments.ts'
import { Roles } from './roles/roles.ts'
import { BackchannelLogout } from './sessions/backchannel-logout-queue.ts'
import { Sessions } from './sessions/sessions.ts'
import { Kept } from './storage/artifacts/kept.ts'
import { TokenKeys } from './token-revocations/token-keys.ts'
import { TokenRevocations } from './token-revocations/token-revocations.ts'
import { WebhookDeliveries } from './webhooks/deliveries.ts'
import { WebhookRecording } from './webhooks/recording.ts'
import { WebhookReplay } from './webhooks/replay.ts'
import { WebhookSender } from './webhooks/sender.ts'
import { Webhooks } from './webhooks/webhooks.ts'

/** Creates every noun of the product in order. Creating one before a noun that it needs does not compile. */
export const wired = (foundation: Foundation) =>
  new Wiring(foundation)
    .with({ auditKey: AuditKey, tokenKeys: TokenKeys, tokenRevocations: TokenRevocations })
    .with({ audit: AuditLog, kept: Kept, links: OneTimeLinks, outbox: Outbox, mailbox: Mailbox })
    .with(chainNouns)
    .with({ ...nounsOnChain, keys: Keys, secretUse: SecretUse })
    .with({ webhookDeliveries: WebhookDeliveries, webhookSender: WebhookSender, refusedRequests: RefusedRequests })
    .with({ requestReports: RequestReports })
    .with({
      history: History,
      accounts: Accounts,
      clients: Clients,
      registrationTokens: RegistrationTokens,
      resources: Resources,
      softwareStatements: SoftwareStatements,
      usernames: Usernames,
    })
    .with({ clientUse: ClientUse, metadataDocuments: MetadataDocuments, selfRegistration: SelfRegistration })
    .with({
      webauthnChallenges: WebAuthnChallenges,
      knownBrowsers: KnownBrowsers,
      linkCodes: LinkCodes,
      passwords: Passwords,
      webauthn: WebAuthn,
    })
    .with({
      throttledVerification: ThrottledVerification,
      emails: Emails,
      secondFactors: SecondFactors,
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
    .with({ upstreamClient: UpstreamClient, webhookRecording: WebhookRecording })
    .with({ upstreamLogouts: UpstreamLogouts, providerCheck: ProviderCheck })
    .with({ backchannelLogout: BackchannelLogout, grants: Grants, roles: Roles })
    .with({ assignments: Assignments, consents: Consents, sessions: Sessions })
    .with({ authorizedApplications: AuthorizedApplications, webhooks: Webhooks, webhookReplay: WebhookReplay })
    .with({
      emailOwnership: EmailOwnership,
      completedSignIns: CompletedSignIns,
      awaitingVerification: AwaitingVerification,
      pendingSignIns: PendingSignIns,
      passkeyOffer: PasskeyOffer,
      duplicateRegistrations: DuplicateRegistrations,
      secondFactorVerification: SecondFactorVerification,
      secondFactorPolicy: SecondFactorPolicy,
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
      signOutEveryone: SignOutEveryone,
      suspension: Suspension,
      upstreamBackchannelLogout: UpstreamBackchannelLogout,
      signInMethods: SignInMethods,
    })
    .with({
      emailMove: EmailMove,
      deletion: Deletion,
      export: Export,
      factorChanges: FactorChanges,
      factorLoss: FactorLoss,
      formerOwner: FormerOwner,
      linking: Linking,
      justInTimeRegistration: JustInTimeRegistration,
      compromise: Compromise,
      passwordChanges: PasswordChanges,
      accountTakeover: AccountTakeover,
      passwordReset: PasswordReset,
      verification: Verification,
    })
    .with({
      emailChange: EmailChange,
      emailChangeUndo: EmailChangeUndo,
      impersonations: Impersonations,
      impersonationEnds: ImpersonationEnds,
      pendingRegistration: PendingRegistration,
    })
    .with({ accountMatching: AccountMatching, registration: Registration })
    .with({ setup: Setup }).app
