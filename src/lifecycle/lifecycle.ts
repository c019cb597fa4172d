import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Accounts } from '../accounts/accounts.ts'
import type { LoginNames } from '../accounts/login-name.ts'
import type { Usernames } from '../accounts/usernames.ts'
import type { Trail } from '../audit/trail.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import type { Logger } from '../base/log.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Attempts } from '../credentials/attempts.ts'
import type { Devices } from '../credentials/devices.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { PasskeyProofs } from '../credentials/passkey-proofs.ts'
import type { Passkeys } from '../credentials/passkeys.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { RecoveryCodes } from '../credentials/recovery-codes.ts'
import type { Totps } from '../credentials/totps.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import type { IdentityProviders } from '../federation/identity-providers.ts'
import type { Visits } from '../federation/visits.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Roles } from '../roles/roles.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Consents } from '../tokens/consents.ts'
import type { Grants } from '../tokens/grants.ts'
import { Acquaintances } from './acquaintances.ts'
import { AddressChange } from './address-change.ts'
import { AddressMove } from './address-move.ts'
import { AddressRestore } from './address-restore.ts'
import { Deletion } from './deletion.ts'
import { Enrolment } from './enrolment.ts'
import { Erasure } from './erasure.ts'
import { Export } from './export.ts'
import { FactorChanges } from './factor-changes.ts'
import { FactorLoss } from './factor-loss.ts'
import { FactorResets } from './factor-resets.ts'
import { FormerOwner } from './former-owner.ts'
import { Guests } from './guests.ts'
import { Linking } from './linking.ts'
import { Mirroring } from './mirroring.ts'
import { Newcomers } from './newcomers.ts'
import { Notices } from './notices.ts'
import { Panic } from './panic.ts'
import { PasswordChange } from './password-change.ts'
import { Passwordless } from './passwordless.ts'
import { Profiles } from './profiles.ts'
import { Reception } from './reception.ts'
import { Reclaim } from './reclaim.ts'
import { Recovery } from './recovery.ts'
import { Registration } from './registration.ts'
import { SamePerson } from './same-person.ts'
import { Setup } from './setup.ts'
import { SignOutEverywhere } from './sign-out.ts'
import { Suspension } from './suspension.ts'
import { UpstreamSignOut } from './upstream-sign-out.ts'
import { Verification } from './verification.ts'
import { VerificationResend } from './verification-resend.ts'
import { WaysIn } from './ways-in.ts'

/** What the life of an account is made of, below. */
interface Parts {
  em: SqlEntityManager
  clock: Clock
  config: Config
  trail: Trail
  artifacts: Artifacts
  accounts: Accounts
  loginNames: LoginNames
  usernames: Usernames
  passwords: Passwords
  passkeys: Passkeys
  passkeyProofs: PasskeyProofs
  links: OneTimeLinks
  roles: Roles
  limits: Limits
  outbox: Outbox
  sessions: Sessions
  farewells: Farewells
  grants: Grants
  consents: Consents
  devices: Devices
  attempts: Attempts
  totps: Totps
  recoveryCodes: RecoveryCodes
  factors: Factors
  factorLetters: FactorLetters
  identityProviders: IdentityProviders
  identityLinks: IdentityLinks
  sealing: Sealing
  log: Logger
  visits: Visits
}

/**
 * The life of an account: how it begins (first run, registration), how its address is proven and changed, how a lost or
 * stolen password is replaced, how it is kept out, taken along, and ended. Each is a noun of its own, wired here.
 */
export function createLifecycle({ config, devices, sessions, grants, attempts, outbox, ...parts }: Parts) {
  const signOut = new SignOutEverywhere({ ...parts, sessions })
  const notices = new Notices({ ...parts, outbox, issuer: config.issuer })
  const samePerson = new SamePerson({ ...parts, attempts })
  const erasure = new Erasure(parts)
  const required = config.emailVerification === 'required'
  const verification = new Verification({ ...parts, notices, samePerson, erasure, required })
  const enrolment = new Enrolment({ ...parts, notices, erasure })
  const open = config.registration === 'open'
  const registration = new Registration({ ...parts, enrolment, verification, open })
  const factorResets = new FactorResets(parts)
  const panic = new Panic({ ...parts, notices, signOut, factorResets })
  const move = new AddressMove({ ...parts, erasure })
  const formerOwner = new FormerOwner({ ...parts, notices })
  const profile = new Profiles(parts)
  const guests = new Guests(parts)
  const waysIn = new WaysIn(parts)
  const mirroring = new Mirroring(parts)
  const acquaintances = new Acquaintances({ ...parts, mirroring })
  const newcomers = new Newcomers({ ...parts, erasure, notices, mirroring, open })
  const reclaim = new Reclaim({ ...parts, devices, guests, factorResets, erasure, mirroring })
  return {
    signOut,
    upstreamSignOut: new UpstreamSignOut({ ...parts, sessions }),
    erasure,
    verification,
    verificationResend: new VerificationResend({ ...parts, notices, move }),
    registration,
    newcomers,
    panic,
    profile,
    guests,
    waysIn,
    reclaim,
    reception: new Reception({ ...parts, guests, acquaintances, newcomers, reclaim, enrolment, verification }),
    linking: new Linking({ ...parts, guests, waysIn, erasure }),
    suspension: new Suspension(parts),
    setup: new Setup({ ...parts, registration }),
    recovery: new Recovery({ ...parts, notices, signOut }),
    passwordless: new Passwordless({ ...parts, waysIn }),
    passwordChange: new PasswordChange({ ...parts, attempts, notices, signOut }),
    addressChange: new AddressChange({ ...parts, notices, samePerson, move }),
    addressRestore: new AddressRestore({ ...parts, formerOwner, move, panic, signOut }),
    deletion: new Deletion({ ...parts, erasure, notices, signOut, grace: config.deletionGrace }),
    factorChanges: new FactorChanges({ ...parts, devices, waysIn }),
    factorResets,
    factorLoss: new FactorLoss({ ...parts, factorResets, notices, samePerson, delay: config.factorResetDelay }),
    export: new Export({ ...parts, profiles: profile, devices, sessions, grants }),
  }
}
