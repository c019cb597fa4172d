import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Accounts } from '../accounts/accounts.ts'
import type { LoginNames } from '../accounts/login-name.ts'
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
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Roles } from '../roles/roles.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Consents } from '../tokens/consents.ts'
import { AddressProof } from './address-proof.ts'
import { Arrivals } from './arrivals.ts'
import { Doorstep } from './doorstep.ts'
import { MailCodes } from './mail-codes.ts'
import { MailSignIn } from './mail-sign-in.ts'
import { OpenAttempts } from './open-attempts.ts'
import { PasskeyOffer } from './passkey-offer.ts'
import { RegisteredHere } from './registered-here.ts'
import { SecondFactor } from './second-factor.ts'
import { SecondFactorRules } from './second-factor-rules.ts'
import { SignIn } from './sign-in.ts'
import { SignInLetters } from './sign-in-letters.ts'
import { WayIn } from './way-in.ts'

/** What signing in is made of, below. */
interface Parts {
  em: SqlEntityManager
  clock: Clock
  config: Config
  log: Logger
  trail: Trail
  sealing: Sealing
  artifacts: Artifacts
  accounts: Accounts
  loginNames: LoginNames
  passwords: Passwords
  passkeys: Passkeys
  passkeyProofs: PasskeyProofs
  totps: Totps
  recoveryCodes: RecoveryCodes
  factors: Factors
  factorLetters: FactorLetters
  devices: Devices
  attempts: Attempts
  links: OneTimeLinks
  identityLinks: IdentityLinks
  roles: Roles
  limits: Limits
  outbox: Outbox
  consents: Consents
  farewells: Farewells
}

/**
 * Signing in: who is it, by what do they show it, what is still lacking, and what a sign-in leaves behind. State is
 * stored (open-attempts.ts), one pure function decides what comes next (next-step.ts), and no step calls another.
 */
export function createLogin({ config, ...parts }: Parts) {
  const proofRequired = config.emailVerification === 'required'
  const { required: everybody, roles, grace } = config.secondFactor
  const secondFactorRules = new SecondFactorRules({ everybody, roles, grace, clock: parts.clock })
  const passkeyOffer = new PasskeyOffer({ ...parts, on: config.passkeyOffer && parts.passkeys.usable })
  const openAttempts = new OpenAttempts(parts)
  const mailCodes = new MailCodes(parts)
  const signInLetters = new SignInLetters({ ...parts, mailCodes, issuer: config.issuer })
  const addressProof = new AddressProof(parts)
  return {
    secondFactorRules,
    passkeyOffer,
    openAttempts,
    arrivals: new Arrivals({ ...parts, issuer: config.issuer }),
    doorstep: new Doorstep(parts),
    signIn: new SignIn({ ...parts, proofRequired }),
    registeredHere: new RegisteredHere(parts),
    signInLetters,
    mailSignIn: new MailSignIn({ ...parts, mailCodes, signInLetters, addressProof, proofRequired }),
    secondFactor: new SecondFactor(parts),
    wayIn: new WayIn({ ...parts, openAttempts, rules: secondFactorRules, offer: passkeyOffer }),
  }
}
