import { compactVerify, errors, type RemoteJWKSet } from 'jose'
import { isCanonical } from '../../base/canonical-jws.ts'

/** The asymmetric algorithms: neither `none` nor HMAC. */
export const SIGNATURE_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'],
]

/**
 * Verifies that one of the provider's published keys has signed the token. Keys in the token itself are ignored; if the key
 * is unknown, the published keys are read again, once.
 * @throws JOSEError
 */
export async function verifySignature(token: string, keys: RemoteJWKSet): Promise<void> {
  const options = { algorithms: SIGNATURE_ALGORITHMS }
  if (!isCanonical(token)) throw new errors.JWSInvalid('the token is not canonical base64url')
  try {
    await compactVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    await keys.reload()
    await compactVerify(token, keys, options)
  }
}
