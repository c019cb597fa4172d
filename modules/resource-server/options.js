import { systemClock } from './clock.js'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/
const STALE_AFTER = 600
const TOLERANCE = 15
const TIMEOUT = 5
const MOST_TIMEOUT = 300
const MOST_TOLERANCE = 60
/** RFC 9068 section 2.1; the part before the slash can be left out (RFC 7515 section 4.1.9). */
const ACCESS_TOKEN = 'at+jwt'

/**
 * Checks what the developer has given to `protect`, and adds what was left out.
 * @param {import('./types.d.ts').ProtectOptions} options
 * @throws {TypeError} which names the option and the fix
 */
export function settle(options) {
  const { issuer, audience, url, allowInsecure = false, introspection, replays, dpop } = options ?? {}
  requireText('issuer', issuer, "the address of Gatehouse: issuer: 'https://id.example.com'")
  requireText(
    'audience',
    audience,
    "the identifier that the API is registered with: audience: 'https://api.example.com'",
  )
  if (!isWeb(issuer)) throw wrong('issuer', `${issuer} is not an http(s) URL`)
  if (!secure(issuer) && !allowInsecure)
    throw wrong('issuer', `${issuer} is not https, so anyone on the way could forge tokens. Use https`)
  if (url !== undefined && !isWeb(url)) throw wrong('url', `${url} is not an http(s) URL`)
  const publicUrl = url ?? (isWeb(audience) ? new URL(audience).origin : null)
  if (dpop && publicUrl === null)
    throw wrong('dpop', 'it also needs the option "url", the public address of this server')
  if (introspection) {
    requireText('introspection.clientId', introspection.clientId, 'the client ID of the API')
    requireText('introspection.clientSecret', introspection.clientSecret, 'the secret of that client')
  }
  if (replays && typeof replays.seen !== 'function') throw wrong('replays', 'it needs a method seen(id, until)')
  return {
    ...options,
    staleAfter: seconds('staleAfter', options.staleAfter, STALE_AFTER),
    timeout: seconds('timeout', options.timeout, TIMEOUT, MOST_TIMEOUT),
    clockTolerance: seconds('clockTolerance', options.clockTolerance, TOLERANCE, MOST_TOLERANCE),
    types: [ACCESS_TOKEN, ...(options.acceptTypes ?? [])].map(normalType),
    rolesClaim: options.rolesClaim ?? 'roles',
    publicUrl,
    /** @param {string} address */
    trusts: address => secure(address) || allowInsecure,
    log: options.log ?? console.warn,
    clock: options.clock ?? systemClock,
  }
}

/** @typedef {ReturnType<typeof settle>} Settled */

/** @param {string} type */
export function normalType(type) {
  const name = type.toLowerCase()
  return name.includes('/') ? name : `application/${name}`
}

/** @param {string} address */
export function isWeb(address) {
  return /^https?:\/\//i.test(address) && URL.canParse(address)
}

/** Whether no one on the network can change what comes from there. @param {string} address */
function secure(address) {
  if (!isWeb(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || LOOPBACK.test(hostname)
}

/** @param {string} name @param {unknown} value @param {string} what */
function requireText(name, value, what) {
  if (typeof value !== 'string' || value === '') throw wrong(name, `it is missing. It is ${what}`)
}

/** @param {string} name @param {number | undefined} given @param {number} usual */
function seconds(name, given, usual, most = Number.MAX_SAFE_INTEGER) {
  const value = given ?? usual
  if (typeof value === 'number' && value >= 0 && value <= most) return value
  throw wrong(name, `${value} is not a number of seconds from 0 to ${most}`)
}

/** @param {string} name @param {string} problem */
function wrong(name, problem) {
  return new TypeError(`gatehouse/resource-server: option "${name}": ${problem}`)
}
