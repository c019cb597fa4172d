import { invalidToken } from '../answers/refusal.js'
import { normalType } from '../options.js'
import { isAccepted } from '../provider/key-set.js'

/**
 * Verifies the signature of a JWT with a key that the provider publishes. Keys in the header, or addresses of keys (`jwk`,
 * `jku`, `x5c`, `x5u`), are ignored.
 * @param {string} token
 * @param {{ types: string[], provider: import('../provider/provider.js').Provider }} expected
 * @returns {Promise<{ claims: Record<string, unknown>, keys: import('../provider/key-set.js').KeySet }>}
 * @throws {import('../answers/refusal.js').Refusal}
 * @throws {import('../provider/limited-request.js').ProviderUnavailable}
 */
export async function verifyJwt(token, { types, provider }) {
  if (!isCanonical(token)) throw invalidToken('the token is not written as a JWT')
  const [head = '', body = '', signature = ''] = token.split('.')
  const { kid, typ, crit, alg } = json(head) ?? {}
  if (typeof typ !== 'string' || !types.includes(normalType(typ))) throw invalidToken('the JWT is of another type')
  if (!isAccepted(alg)) throw invalidToken('the JWT is signed with an algorithm that is not accepted')
  if (typeof kid !== 'string') throw invalidToken('the JWT names no key')
  if (crit !== undefined) throw invalidToken('the JWT has critical extensions')
  const keys = await provider.keys(kid)
  if (!keys.has(kid)) throw invalidToken('the JWT is signed with an unknown key')
  if (!keys.verifies({ kid, alg }, `${head}.${body}`, Buffer.from(signature, 'base64url')))
    throw invalidToken('the signature of the JWT is not valid')
  const claims = json(body)
  if (claims === null) throw invalidToken('the JWT has no claims')
  return { claims, keys }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** The JSON object in a part of a JWT; null if it is anything else. @param {string} part @returns {Record<string, unknown> | null} */
function json(part) {
  try {
    const value = JSON.parse(UTF8.decode(Buffer.from(part, 'base64url')))
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
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
