import type { Outbound } from '../../base/network/outbound.ts'
import { InvalidInput } from '../../base/refusals.ts'
import { checkRegistration } from '../registration.ts'
import { type ClientMetadata, metadataError, readMetadata } from '../self-registration/client-metadata.ts'
import type { RegistrationPolicy } from '../self-registration/registration-policy.ts'
import { withinPolicy } from '../self-registration/within-policy.ts'
import { LOOPBACK } from '../uris.ts'

/** Characters; a document is less than a tenth of that. */
const MAX_LENGTH = 64 * 1024

/** Seconds for which a document is used without reading it again, whatever its `Cache-Control` says. */
const MIN_AGE = 5 * 60
const MAX_AGE = 24 * 60 * 60

/**
 * A document that cannot be used. The message is for everyone and says nothing about what was found at the address, unless
 * it was a document of this client; the cause is for the operator.
 */
export class UnusableDocument extends Error {}

/**
 * Reads a client ID metadata document.
 * @returns the metadata, and for how many seconds it can be used
 * @throws UnusableDocument
 */
export async function readDocument(
  clientId: string,
  outbound: Outbound,
): Promise<{ metadata: ClientMetadata; maxAge: number }> {
  let found: unknown
  let maxAge = MIN_AGE
  try {
    const response = await outbound(clientId, { headers: { accept: 'application/json' } })
    if (response.status !== 200) throw new Error(`the status is ${response.status}`)
    const type = response.headers.get('content-type') ?? ''
    if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(type)) throw new Error(`the type is ${type}`)
    const text = await response.text()
    if (text.length > MAX_LENGTH) throw new Error(`it is longer than ${MAX_LENGTH} characters`)
    found = JSON.parse(text)
    const sent = Number(/max-age=(\d{1,9})/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? MIN_AGE)
    maxAge = Math.min(Math.max(sent, MIN_AGE), MAX_AGE)
    if (Object(found).client_id !== clientId) throw new Error('its client_id is not its own address')
  } catch (cause) {
    throw new UnusableDocument('the client ID metadata document could not be read', { cause })
  }
  return { metadata: valid(() => metadataOf(clientId, found as Record<string, unknown>)), maxAge }
}

/**
 * The registration that metadata stands for, with the checks of every registration. PKCE is always needed.
 * @throws UnusableDocument
 */
export function registrationFrom(metadata: ClientMetadata, policy: RegistrationPolicy) {
  return valid(() => checkRegistration({ ...withinPolicy(metadata, policy), pkce: 'required' }))
}

function valid<T>(check: () => T): T {
  try {
    return check()
  } catch (cause) {
    if (!(cause instanceof InvalidInput)) throw cause
    const { error_description: problems } = metadataError(cause)
    throw new UnusableDocument(`the client ID metadata document is not valid: ${problems}`, { cause })
  }
}

/** @throws InvalidInput */
function metadataOf(clientId: string, found: Record<string, unknown>): ClientMetadata {
  if ('client_secret' in found || 'client_secret_expires_at' in found)
    throw new InvalidInput({ client_secret: 'must not be in a document that anyone can read' })
  const { token_endpoint_auth_method: method = 'none' } = found
  if (method !== 'none' && method !== 'private_key_jwt')
    throw new InvalidInput({
      tokenEndpointAuthMethod: 'must be none or private_key_jwt: the application has no secret',
    })
  return readMetadata({
    client_name: new URL(clientId).host,
    ...found,
    token_endpoint_auth_method: method,
    application_type: onDevice(found.redirect_uris) ? 'native' : found.application_type,
    // No one is notified at an address that no operator has seen.
    backchannel_logout_uri: undefined,
  })
}

/** An application that listens on the person's device takes any free port (RFC 8252 section 7.3). */
function onDevice(redirectUris: unknown): boolean {
  const uris = Array.isArray(redirectUris) ? redirectUris.map(uri => URL.parse(String(uri))) : []
  return uris.some(uri => uri?.protocol === 'http:' && LOOPBACK.has(uri.hostname))
}
