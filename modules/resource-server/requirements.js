import { Refusal } from './answers/refusal.js'
import { ProtectedApi } from './protected-api.js'

/**
 * What a handler can require of an accepted token. Each is a function that returns null, or the answer that refuses.
 * @typedef {import('./types.d.ts').Access} Access
 * @typedef {(access: Access | null | undefined) => import('./types.d.ts').Answer | null} Requirement
 */

/** The values of `acr` that Gatehouse orders by strength, the lowest first. */
const LEVELS = ['urn:gatehouse:acr:1fa', 'urn:gatehouse:acr:2fa', 'urn:gatehouse:acr:phr']

/** @param {string} name @returns {Requirement} */
export function scopeRequired(name) {
  requireName('requireScope', name)
  return requirement(
    ({ scopes }) => scopes.has(name),
    new Refusal(403, 'insufficient_scope', `the scope ${name} is required`, { scope: name }),
  )
}

/** @param {string} name @returns {Requirement} */
export function roleRequired(name) {
  requireName('requireRole', name)
  return requirement(
    ({ roles }) => roles.includes(name),
    new Refusal(403, 'insufficient_scope', `the role ${name} is required`),
  )
}

/** @param {string} name @returns {Requirement} */
export function permissionRequired(name) {
  requireName('requirePermission', name)
  return requirement(
    ({ permissions }) => permissions.includes(name),
    new Refusal(403, 'insufficient_scope', `the permission ${name} is required`),
  )
}

/**
 * A sign-in that is strong and recent enough; otherwise the client is told what to ask for (RFC 9470).
 * @param {import('./types.d.ts').StepUp} stepUp
 * @returns {Requirement}
 */
export function stepUpRequired({ acr, maxAge } = {}) {
  const wanted = [acr ?? []].flat()
  if (wanted.length === 0 && maxAge === undefined) throw wrong('requireStepUp', 'acr, maxAge or both')
  if (maxAge !== undefined && !(maxAge >= 0)) throw wrong('requireStepUp', 'maxAge in seconds')
  for (const name of wanted) requireName('requireStepUp', name)
  const accepted = new Set(wanted.flatMap(value => [value, ...above(value)]))
  return requirement(
    ({ claims }, now) => {
      const strong = accepted.size === 0 || (typeof claims.acr === 'string' && accepted.has(claims.acr))
      const age = now - Number(claims.auth_time ?? Number.NaN)
      return strong && (maxAge === undefined || age <= maxAge)
    },
    new Refusal(401, 'insufficient_user_authentication', 'a more recent or stronger sign-in is required', {
      ...(wanted.length > 0 && { acr_values: wanted.join(' ') }),
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
    }),
  )
}

/** @param {string} value */
function above(value) {
  const level = LEVELS.indexOf(value)
  return level < 0 ? [] : LEVELS.slice(level + 1)
}

/** @param {(access: Access, now: number) => boolean} holds @param {Refusal} refusal @returns {Requirement} */
function requirement(holds, refusal) {
  return access => ProtectedApi.require(access, holds, refusal)
}

/** @param {string} name @param {unknown} value */
function requireName(name, value) {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a name')
}

/** @param {string} name @param {string} what */
function wrong(name, what) {
  return new TypeError(`gatehouse/resource-server: ${name} needs ${what}`)
}
