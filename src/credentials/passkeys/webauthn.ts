import { generateKeyPairSync } from 'node:crypto'
import { isIP } from 'node:net'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { COSEALG, isoCBOR } from '@simplewebauthn/server/helpers'
import type { Account } from '../../accounts/account.ts'
import type { Needs } from '../../base/nouns.ts'
import type { Passkey } from './passkey.ts'
import { CHALLENGE_TTL } from './webauthn-challenges.ts'
import {
  type AssertionResponse,
  checkFraming,
  type RegistrationResponse,
  userHandle,
  withoutStatement,
} from './webauthn-responses.ts'

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON

type NewPasskey = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'aaguid' | 'backupEligible' | 'backedUp'
>

/** The content of a response with a valid signature. */
export type Assertion = Pick<Passkey, 'counter' | 'backupEligible' | 'backedUp'> & { userVerified: boolean }

/** In order of preference: what nearly every authenticator supports comes first. */
const ALGORITHMS = [COSEALG.ES256, COSEALG.EdDSA, COSEALG.RS256]

/** Milliseconds. */
const TIMEOUT = CHALLENGE_TTL * 1000

/**
 * Gatehouse as a relying party of WebAuthn Level 3: the options for browsers, and the verification of their responses.
 * Its id is the host of PUBLIC_URL and never depends on a request. Who owns a passkey, and how often it was used, is
 * checked elsewhere.
 */
export class WebAuthn {
  readonly #app
  readonly #origin: string
  readonly #rpId: string
  /** A key that belongs to no account: verifying an unknown passkey takes as long as verifying a known one. */
  readonly #decoy = decoyKey()

  constructor(app: Needs<'config' | 'log'>) {
    this.#app = app
    const { origin, hostname } = new URL(app.config.issuer)
    this.#origin = origin
    this.#rpId = hostname
  }

  /** Whether browsers create passkeys for PUBLIC_URL: only for a domain, over https or on localhost. */
  get usable(): boolean {
    const local = /^(.+\.)?localhost$/.test(this.#rpId)
    return (local || this.#origin.startsWith('https:')) && !this.#rpId.startsWith('[') && isIP(this.#rpId) === 0
  }

  /** Section 5.4. */
  creationOptions(account: Account, challenge: string, known: readonly Passkey[]): Promise<CreationOptions> {
    return generateRegistrationOptions({
      rpName: this.#rpId,
      rpID: this.#rpId,
      challenge: Buffer.from(challenge, 'base64url'),
      userID: userHandle(account),
      userName: account.email,
      userDisplayName: account.name ?? account.email,
      timeout: TIMEOUT,
      excludeCredentials: known.map(descriptor),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    })
  }

  /** Section 5.5. Without `allowed`, any passkey is accepted if it verifies its user; the browser knows which exist. */
  requestOptions(challenge: string, allowed: readonly Passkey[] | null): Promise<RequestOptions> {
    return generateAuthenticationOptions({
      rpID: this.#rpId,
      challenge: Buffer.from(challenge, 'base64url'),
      timeout: TIMEOUT,
      userVerification: allowed ? 'preferred' : 'required',
      ...(allowed && { allowCredentials: allowed.map(descriptor) }),
    })
  }

  /** Section 7.1. @returns null if anything differs from what was requested */
  async verifyRegistration(response: RegistrationResponse, challenge: string): Promise<NewPasskey | null> {
    return this.#orRefused(async () => {
      checkFraming(response)
      const { registrationInfo: info } = await verifyRegistrationResponse({
        response: withoutStatement(response),
        expectedChallenge: challenge,
        expectedOrigin: this.#origin,
        expectedRPID: this.#rpId,
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      })
      if (!info) return null
      return {
        credentialId: info.credential.id,
        publicKey: Buffer.from(info.credential.publicKey).toString('base64url'),
        counter: info.credential.counter,
        transports: response.response.transports,
        aaguid: info.aaguid,
        backupEligible: info.credentialDeviceType === 'multiDevice',
        backedUp: info.credentialBackedUp,
      }
    })
  }

  /**
   * Section 7.2, except for the counter. Only an update of its row can compare that without a race, and only once the
   * signature is valid, so that strangers cannot cause an alert about a cloned passkey.
   * @returns null if anything differs from what was requested
   */
  async verifyAssertion(
    response: AssertionResponse,
    challenge: string,
    passkey: Passkey | null,
    { verified }: { verified: boolean },
  ): Promise<Assertion | null> {
    return this.#orRefused(async () => {
      checkFraming(response)
      const publicKey = passkey ? Buffer.from(passkey.publicKey, 'base64url') : this.#decoy
      const { verified: right, authenticationInfo: info } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: this.#origin,
        expectedRPID: this.#rpId,
        credential: { id: response.id, publicKey, counter: 0 },
        requireUserVerification: verified,
      })
      if (!right || !passkey) return null
      return {
        counter: info.newCounter,
        backupEligible: info.credentialDeviceType === 'multiDevice',
        backedUp: info.credentialBackedUp,
        userVerified: info.userVerified,
      }
    })
  }

  /** The library refuses by throwing. Its message is logged for the operator, and contains no secret. */
  async #orRefused<T>(check: () => Promise<T | null>): Promise<T | null> {
    try {
      return await check()
    } catch (error) {
      this.#app.log.info(`a passkey was refused: ${error instanceof Error ? error.message.slice(0, 300) : 'no reason'}`)
      return null
    }
  }
}

function descriptor({ credentialId, transports }: Passkey) {
  return { id: credentialId, transports }
}

/** A COSE_Key on P-256 (RFC 9053 section 7.1). */
function decoyKey(): Uint8Array<ArrayBuffer> {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const key = new Map<number, number | Uint8Array<ArrayBuffer>>([
    [1, 2],
    [3, COSEALG.ES256],
    [-1, 1],
    [-2, Buffer.from(x!, 'base64url')],
    [-3, Buffer.from(y!, 'base64url')],
  ])
  return isoCBOR.encode(key)
}
