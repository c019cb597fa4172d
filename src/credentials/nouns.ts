import type { Attempts } from './attempts.ts'
import type { Ceremonies } from './ceremonies.ts'
import type { Devices } from './devices.ts'
import type { Emails } from './emails.ts'
import type { Factors } from './factors.ts'
import type { LinkCodes } from './link-codes.ts'
import type { OneTimeLinks } from './one-time-links.ts'
import type { PasskeyProofs } from './passkey-proofs.ts'
import type { Passkeys } from './passkeys.ts'
import type { Passwords } from './passwords.ts'
import type { RecoveryCodes } from './recovery-codes.ts'
import type { Totps } from './totps.ts'
import type { WebAuthn } from './webauthn.ts'

/**
 * What an account proves its identity with: passwords, passkeys, authenticator apps, recovery codes, known browsers
 * and one-time links. Which of them a sign-in asks for is decided in `login`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    attempts: Attempts
    ceremonies: Ceremonies
    devices: Devices
    emails: Emails
    factors: Factors
    linkCodes: LinkCodes
    links: OneTimeLinks
    passkeyProofs: PasskeyProofs
    passkeys: Passkeys
    passwords: Passwords
    recoveryCodes: RecoveryCodes
    totps: Totps
    webauthn: WebAuthn
  }
}
