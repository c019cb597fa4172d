import type { KnownBrowsers } from './known-browsers/known-browsers.ts'
import type { PasskeyAuthentication } from './passkeys/passkey-authentication.ts'
import type { Passkeys } from './passkeys/passkeys.ts'
import type { WebAuthn } from './passkeys/webauthn.ts'
import type { WebAuthnChallenges } from './passkeys/webauthn-challenges.ts'
import type { Passwords } from './passwords/passwords.ts'
import type { RecoveryCodes } from './recovery-codes/recovery-codes.ts'
import type { SecondFactors } from './second-factors.ts'
import type { ThrottledVerification } from './throttled-verification.ts'
import type { Totps } from './totp/totps.ts'

/**
 * The credentials of an account: passwords, passkeys, authenticator apps, recovery codes and known browsers. `login`
 * decides which of them a sign-in asks for.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    throttledVerification: ThrottledVerification
    webauthnChallenges: WebAuthnChallenges
    knownBrowsers: KnownBrowsers
    secondFactors: SecondFactors
    passkeyAuthentication: PasskeyAuthentication
    passkeys: Passkeys
    passwords: Passwords
    recoveryCodes: RecoveryCodes
    totps: Totps
    webauthn: WebAuthn
  }
}
