import { Accounts } from './accounts/accounts.ts'
import { LoginNames } from './accounts/login-name.ts'
import { Usernames } from './accounts/usernames.ts'
import { History } from './audit/history.ts'
import { Trail } from './audit/trail.ts'
import type { Needs } from './base/nouns.ts'
import { Wiring } from './base/wiring.ts'
import { Clients } from './clients/clients.ts'
import { Resources } from './clients/resources.ts'
import { Attempts } from './credentials/attempts.ts'
import { Ceremonies } from './credentials/ceremonies.ts'
import { Devices } from './credentials/devices.ts'
import { Emails } from './credentials/emails.ts'
import { Factors } from './credentials/factors.ts'
import { LinkCodes } from './credentials/link-codes.ts'
import { OneTimeLinks } from './credentials/one-time-links.ts'
import { PasskeyProofs } from './credentials/passkey-proofs.ts'
import { Passkeys } from './credentials/passkeys.ts'
import { Passwords } from './credentials/passwords.ts'
import { RecoveryCodes } from './credentials/recovery-codes.ts'
import { Totps } from './credentials/totps.ts'
import { WebAuthn } from './credentials/webauthn.ts'
import { Departures } from './federation/departures.ts'
import { Examination } from './federation/examination.ts'
import { IdentityLinks } from './federation/identity-links.ts'
import { IdentityProviders } from './federation/identity-providers.ts'
import { Trips } from './federation/trips.ts'
import { Upstreams } from './federation/upstreams.ts'
import { Visits } from './federation/visits.ts'
import { Keys } from './keys/keys.ts'
import { Acquaintances } from './lifecycle/acquaintances.ts'
import { AddressChange } from './lifecycle/address-change.ts'
import { AddressMove } from './lifecycle/address-move.ts'
import { AddressRestore } from './lifecycle/address-restore.ts'
import { Deletion } from './lifecycle/deletion.ts'
import { Enrolment } from './lifecycle/enrolment.ts'
import { Erasure } from './lifecycle/erasure.ts'
import { Export } from './lifecycle/export.ts'
import { FactorChanges } from './lifecycle/factor-changes.ts'
import { FactorLoss } from './lifecycle/factor-loss.ts'
import { FactorResets } from './lifecycle/factor-resets.ts'
import { FormerOwner } from './lifecycle/former-owner.ts'
import { Guests } from './lifecycle/guests.ts'
import { Linking } from './lifecycle/linking.ts'
import { Mirroring } from './lifecycle/mirroring.ts'
import { Newcomers } from './lifecycle/newcomers.ts'
import { Panic } from './lifecycle/panic.ts'
import { PasswordChange } from './lifecycle/password-change.ts'
import { Passwordless } from './lifecycle/passwordless.ts'
import { Profiles } from './lifecycle/profiles.ts'
import { Reception } from './lifecycle/reception.ts'
import { Reclaim } from './lifecycle/reclaim.ts'
import { Recovery } from './lifecycle/recovery.ts'
import { Registration } from './lifecycle/registration.ts'
import { SamePerson } from './lifecycle/same-person.ts'
import { Setup } from './lifecycle/setup.ts'
import { SignOutEverywhere } from './lifecycle/sign-out.ts'
import { Suspension } from './lifecycle/suspension.ts'
import { UpstreamSignOut } from './lifecycle/upstream-sign-out.ts'
import { Verification } from './lifecycle/verification.ts'
import { VerificationResend } from './lifecycle/verification-resend.ts'
import { WaysIn } from './lifecycle/ways-in.ts'
import { AddressProof } from './login/address-proof.ts'
import { Arrivals } from './login/arrivals.ts'
import { Doorstep } from './login/doorstep.ts'
import { MailCodes } from './login/mail-codes.ts'
import { MailSignIn } from './login/mail-sign-in.ts'
import { OpenAttempts } from './login/open-attempts.ts'
import { PasskeyOffer } from './login/passkey-offer.ts'
import { RegisteredHere } from './login/registered-here.ts'
import { SecondFactor } from './login/second-factor.ts'
import { SecondFactorRules } from './login/second-factor-rules.ts'
import { SignIn } from './login/sign-in.ts'
import { SignInEmails } from './login/sign-in-emails.ts'
import { WayIn } from './login/way-in.ts'
import { Mailbox } from './mail/mailbox.ts'
import { Outbox } from './mail/outbox.ts'
import { Roles } from './roles/roles.ts'
import { BackchannelLogout } from './sessions/backchannel-logout.ts'
import { Sessions } from './sessions/sessions.ts'
import { Kept } from './storage/kept.ts'
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

/** Every noun of the product in the order in which they need each other: one that comes too early does not compile. */
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
      ceremonies: Ceremonies,
      devices: Devices,
      linkCodes: LinkCodes,
      links: OneTimeLinks,
      passwords: Passwords,
      webauthn: WebAuthn,
    })
    .with({ attempts: Attempts, emails: Emails, factors: Factors, passkeys: Passkeys, totps: Totps })
    .with({ passkeyProofs: PasskeyProofs, recoveryCodes: RecoveryCodes })
    .with({
      identityLinks: IdentityLinks,
      identityProviders: IdentityProviders,
      trips: Trips,
      visits: Visits,
    })
    .with({ upstreams: Upstreams })
    .with({ departures: Departures, examination: Examination })
    .with({ backchannelLogout: BackchannelLogout, grants: Grants, roles: Roles })
    .with({ consents: Consents, sessions: Sessions })
    .with({ applications: Applications })
    .with({
      addressProof: AddressProof,
      arrivals: Arrivals,
      doorstep: Doorstep,
      mailCodes: MailCodes,
      openAttempts: OpenAttempts,
      passkeyOffer: PasskeyOffer,
      registeredHere: RegisteredHere,
      secondFactor: SecondFactor,
      secondFactorRules: SecondFactorRules,
      signIn: SignIn,
    })
    .with({ signInEmails: SignInEmails, wayIn: WayIn })
    .with({ mailSignIn: MailSignIn })
    .with({
      erasure: Erasure,
      factorResets: FactorResets,
      guests: Guests,
      mirroring: Mirroring,
      profiles: Profiles,
      samePerson: SamePerson,
      signOut: SignOutEverywhere,
      suspension: Suspension,
      upstreamSignOut: UpstreamSignOut,
      waysIn: WaysIn,
    })
    .with({
      acquaintances: Acquaintances,
      addressMove: AddressMove,
      deletion: Deletion,
      enrolment: Enrolment,
      export: Export,
      factorChanges: FactorChanges,
      factorLoss: FactorLoss,
      formerOwner: FormerOwner,
      linking: Linking,
      newcomers: Newcomers,
      panic: Panic,
      passwordChange: PasswordChange,
      passwordless: Passwordless,
      reclaim: Reclaim,
      recovery: Recovery,
      verification: Verification,
    })
    .with({
      addressChange: AddressChange,
      addressRestore: AddressRestore,
      reception: Reception,
      registration: Registration,
      verificationResend: VerificationResend,
    })
    .with({ setup: Setup }).app
