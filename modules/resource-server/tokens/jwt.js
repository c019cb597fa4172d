import { compactVerify, decodeProtectedHeader, errors } from 'jose'
import { invalidToken } from '../answers/refusal.js'
import { normalType } from '../options.js'

/** Asymmetric ones only: with HS256, a public key would be the secret. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'Ed25519', 'EdDSA']

/**
 * Verifies the signature of a JWT with a key that the provider publishes. Keys in the header, or addresses of keys (`jwk`,
 * `jku`, `x5c`, `x5u`), are ignored.
 * @param {string} token
 * @param {{ types: string[], provider: import('../provider/provider.js').Provider }} expected
 * @returns {Promise<{ claims: Record<string, unknown>, keys: import('../provider/provider.js').KeySet }>}
 * @throws {import('../answers/refusal.js').Refusal}
 * @throws {import('../provider/limited-request.js').ProviderUnavailable}
 */
export async function verifyJwt(token, { types, provider }) {
  const { kid, typ, crit, alg } = headerOf(token)
  if (typeof typ !== 'string' || !types.includes(normalType(typ))) throw invalidToken('the JWT is of another type')
  if (!ALGORITHMS.includes(String(alg))) throw invalidToken('the JWT is signed with an algorithm that is not accepted')
  if (typeof kid !== 'string') throw invalidToken('the JWT names no key')
  if (crit !== undefined) throw invalidToken('the JWT has critical extensions')
  const keys = await provider.keys(kid)
  try {
    const { payload } = await compactVerify(token, keys.find, { algorithms: ALGORITHMS })
    const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (claims !== null && typeof claims === 'object' && !Array.isArray(claims)) return { claims, keys }
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) throw invalidToken('the JWT is signed with an unknown key')
    throw invalidToken('the signature of the JWT is not valid')
  }
  throw invalidToken('the JWT has no claims')
}

/** @param {string} token @returns {Record<string, unknown>} */
function headerOf(token) {
  if (!isCanonical(token)) throw invalidToken('the token is not written as a JWT')
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw invalidToken('the header of the JWT is not valid')
  }
}

/**
 * Whether each part is canonical base64url: decoders accept other spellings of the same bytes, but a token has one form.
 * The unused bits of the last character must be zero (RFC 4648 section 3.5).
 * @param {string} jws
 */
export function isCanonical(jws) {
  const parts = jws.split('.')
  return parts.length === 3 && parts.every(part => /^[\w-]*$/.test(part) && LAST[part.length % 4]?.test(part))
}

/** How a part can end, by the characters that are left over when it is divided into fours. */
const LAST = [/^/, null, /[AQgw]$/, /[AEIMQUYcgkosw048]$/]
