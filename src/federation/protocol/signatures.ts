import { compactVerify, errors, type RemoteJWKSet } from 'jose'
import { isCanonical } from '../../base/canonical-jws.ts'

/** All that is signed with a private key: no `none`, and nothing whose key we would know. */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'EdDSA',
]

/**
 * Whether one of the provider's published keys has signed this; keys that a token names or brings itself mean nothing. A
 * key that is not known yet makes us read them again, once.
 * @throws JOSEError where not
 */
export async function verifySignature(token: string, keys: RemoteJWKSet): Promise<void> {
  const options = { algorithms: SIGNATURE_ALGORITHMS }
  if (!isCanonical(token)) throw new errors.JWSInvalid('the token is not spelled as base64url is')
  try {
    await compactVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    await keys.reload()
    await compactVerify(token, keys, options)
  }
}
