import { decodeAttestationObject, decodeClientDataJSON, isoCBOR } from '@simplewebauthn/server/helpers'
import { z } from 'zod'
import type { Account } from '../../accounts/account.ts'

/** Base64url without padding, limited to what fits into a form. */
const text = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[\w-]+$/)

const credential = {
  /** Up to 1023 bytes (section 7.1, step 26). */
  id: text.max(1364),
  rawId: text.max(1364),
  type: z.literal('public-key'),
  /** Ignored: we request no extension whose result matters. */
  clientExtensionResults: z.unknown().transform(() => ({})),
}

const registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z
      .array(z.string())
      .max(20)
      .catch([])
      .transform(all => all.filter(each => /^[a-z-]{1,20}$/.test(each))),
  }),
})

const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: text.max(86).optional().catch(undefined),
  }),
})

export type RegistrationResponse = z.infer<typeof registration>
export type AssertionResponse = z.infer<typeof assertion>

/** @param response a RegistrationResponseJSON (WebAuthn section 5.1), as an object or as text */
export function registrationResponse(response: unknown): RegistrationResponse | null {
  return registration.safeParse(parsed(response)).data ?? null
}

/** @param response an AuthenticationResponseJSON (WebAuthn section 5.1), as an object or as text */
export function assertionResponse(response: unknown): AssertionResponse | null {
  return assertion.safeParse(parsed(response)).data ?? null
}

/**
 * The user handle that authenticators store: the account's id. Applications know it too, and it does not name the
 * person.
 */
export function userHandle({ id }: Pick<Account, 'id'>): Uint8Array<ArrayBuffer> {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/**
 * Whether the user handle of the response is this account's. A discoverable passkey always sends one; a passkey that
 * was requested by its id may send none (section 7.2, step 6).
 */
export function belongsTo({ response }: AssertionResponse, account: Account, { named }: { named: boolean }): boolean {
  const handle = response.userHandle
  return handle === undefined ? !named : Buffer.from(handle, 'base64url').equals(userHandle(account))
}

/**
 * Replaces the attestation statement of a response with an empty one, as browsers should have done (section 5.4.7,
 * `none`). We request no attestation and trust none, but some keys and browsers send one. The library would check it
 * and fetch revocation lists from addresses that it names. The authenticator data stays unchanged.
 * @throws Error if it is not an attestation object
 */
export function withoutStatement({ response, ...credential }: RegistrationResponse): RegistrationResponse {
  const authData = decodeAttestationObject(Buffer.from(response.attestationObject, 'base64url')).get('authData')
  if (!(authData instanceof Uint8Array)) throw new Error('an attestation object without authenticator data')
  const bare = new Map<string, string | Uint8Array | Map<string, never>>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, never>()],
    ['authData', authData],
  ])
  const attestationObject = Buffer.from(isoCBOR.encode(bare)).toString('base64url')
  return { ...credential, response: { ...response, attestationObject } }
}

/** Refuses responses from a cross-origin frame: other sites cannot embed our pages. */
export function checkFraming({ response }: RegistrationResponse | AssertionResponse): void {
  if (decodeClientDataJSON(response.clientDataJSON).crossOrigin)
    throw new Error('the response comes from a cross-origin frame')
}

function parsed(response: unknown): unknown {
  if (typeof response !== 'string') return response
  try {
    return JSON.parse(response)
  } catch {
    return null
  }
}
