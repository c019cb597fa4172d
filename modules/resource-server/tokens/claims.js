import { invalidToken } from '../answers/refusal.js'
import { DIGEST_BYTES, digestOf } from '../digest-table.js'

/** @typedef {import('../types.d.ts').Claims} Claims */

/**
 * What every access token must say, whether it is a JWT (RFC 9068 section 4) or was introspected.
 * @param {Claims} claims
 * @param {Pick<import('../options.js').Settled, 'issuer' | 'audience'>} options
 * @throws {import('../answers/refusal.js').Refusal}
 */
export function requireOurs({ iss, aud, client_id, exp }, { issuer, audience }) {
  if (iss !== issuer) throw invalidToken('the token is from another issuer')
  if (![aud].flat().includes(audience)) throw invalidToken('the token is for another API')
  if (typeof client_id !== 'string' || client_id === '') throw invalidToken('the token has no client_id')
  if (typeof exp !== 'number') throw invalidToken('the token has no exp')
}

/**
 * @param {Claims} claims
 * @param {number} tolerance seconds
 * @param {number} now epoch seconds
 * @throws {import('../answers/refusal.js').Refusal}
 */
export function requireCurrent({ exp, nbf, iat }, tolerance, now) {
  if (!(now < Number(exp) + tolerance)) throw invalidToken('the token has expired')
  for (const time of [nbf, iat])
    if (time !== undefined && !(typeof time === 'number' && time <= now + tolerance))
      throw invalidToken('the token is not valid yet')
}

/**
 * The keys under which a token can be revoked: those of its ID and of its grant, and further ones that it names.
 * @param {Claims} claims
 * @returns {Buffer[]}
 * @throws {import('../answers/refusal.js').Refusal}
 */
export function revocationKeys({ jti, grant_id, revocable_by = [] }) {
  const named = Array.isArray(revocable_by) ? revocable_by.map(text => Buffer.from(String(text), 'base64url')) : [null]
  if (named.some(key => key?.length !== DIGEST_BYTES)) throw invalidToken('the token has no valid revocable_by')
  return [...[jti, grant_id].filter(id => typeof id === 'string').map(digestOf), ...named.filter(key => key !== null)]
}

/** The texts of an array; none if it is anything else. @param {unknown} value @returns {string[]} */
export function texts(value) {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
}

/** Requests share the claims of a token, so no one may change them. @template T @param {T} value @returns {T} */
export function frozen(value) {
  if (value === null || typeof value !== 'object') return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
