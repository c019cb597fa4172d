import { invalidToken } from '../answers/refusal.js'

const SCHEME = /^(Bearer|DPoP)(?= |$)/i
const TOKEN = /^ +([\w.~+/-]+=*) *$/

/** The authentication scheme of a request; Bearer if it has none that can carry a token. @param {string} authorization */
export function schemeOf(authorization) {
  return SCHEME.exec(authorization)?.[1]?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
}

/**
 * The access token of a request, which is only read from the Authorization header (RFC 6750 section 2.1).
 * @param {string} authorization
 * @returns {string | null} null if there is none
 * @throws {import('../answers/refusal.js').Refusal} if it is not written as a token
 */
export function tokenOf(authorization) {
  const scheme = SCHEME.exec(authorization)?.[0]
  if (scheme === undefined) return null
  const token = TOKEN.exec(authorization.slice(scheme.length))?.[1]
  if (token !== undefined) return token
  throw invalidToken('the Authorization header has no token, or more than one')
}
