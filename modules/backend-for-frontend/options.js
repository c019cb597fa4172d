import { MemoryStore } from './sessions/memory-store.js'
import { randomSecret } from './sessions/sealing.js'

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/
const HOURS = 3600
const SYSTEM_CLOCK = { now: () => new Date() }
const REGISTER = '"gatehouse clients add NAME --profile web" prints it'
const METHODS = /** @type {const} */ (['get', 'set', 'delete', 'take'])
const KNOWN = [
  ...['issuer', 'clientId', 'clientSecret', 'url', 'path', 'scope', 'resource', 'store', 'secret', 'claims', 'log'],
  ...['idleLifetime', 'lifetime', 'afterSignOut', 'signInErrors', 'insecureLocalhost', 'clock'],
]

/**
 * The options with their defaults; every mistake is named in one error, with its fix.
 * @param {import('./types.d.ts').BrowserSessionsOptions} options
 */
export function checkedOptions(options) {
  /** @type {string[]} */
  const problems = []
  /** @param {boolean} right @param {string} problem */
  const check = (right, problem) => void (right || problems.push(problem))
  const { issuer, clientId, clientSecret, url, store, secret, log = console, clock = SYSTEM_CLOCK } = options
  const { path = '/auth', scope = 'openid profile email roles offline_access', resource, afterSignOut = '/' } = options
  const { claims = ['sub', 'name', 'email', 'roles'], signInErrors = 'page', insecureLocalhost = false } = options
  const { idleLifetime = 8 * HOURS, lifetime = 7 * 24 * HOURS } = options

  for (const name of Object.keys(options))
    check(KNOWN.includes(name), `${name} is not an option; they are: ${KNOWN.join(', ')}`)
  check(isAddress(issuer), `issuer must be the address of Gatehouse, such as https://id.example.com, ${but(issuer)}`)
  check(isText(clientId), `clientId is missing: ${REGISTER}`)
  check(isText(clientSecret), `clientSecret is missing: ${REGISTER}, and a public client cannot be used here`)
  check(
    isAddress(url) && new URL(url).origin === url,
    `url must be the origin of the application as browsers see it, such as https://app.example.com, without a path or a slash at the end, ${but(url)}`,
  )
  check(/^(\/[\w-]+)+$/.test(path), 'path must be a path such as /auth, without a slash at the end')
  check(isText(scope) && scope.split(' ').includes('openid'), 'scope must contain openid')
  check(
    resource === undefined || URL.canParse(resource),
    'resource must be the identifier of an API: "gatehouse resources list" shows it',
  )
  check(
    isText(afterSignOut) && afterSignOut.startsWith('/'),
    'afterSignOut must be a path of the application, such as /',
  )
  check(Array.isArray(claims) && claims.every(isText), 'claims must be a list of names of claims')
  check(['page', 'application'].includes(signInErrors), "signInErrors must be 'page' or 'application'")
  check(
    isDuration(idleLifetime) && isDuration(lifetime),
    'idleLifetime and lifetime must be whole seconds, at least 60',
  )
  check(
    !insecureLocalhost || (URL.canParse(url) && new URL(url).protocol === 'http:'),
    'insecureLocalhost is only for an application on http://localhost: leave it out',
  )
  check(
    store === undefined || METHODS.every(method => typeof store[method] === 'function'),
    `store must have the methods ${METHODS.join(', ')}`,
  )
  const secrets = typeof secret === 'string' ? [secret] : [...(secret ?? [])]
  check(
    store === undefined || store instanceof MemoryStore || secrets.length > 0,
    'secret is missing: a store outside this process needs one, the same in all processes, such as the output of "openssl rand -base64 32"',
  )
  check(
    secrets.every(one => isText(one) && one.length >= 32),
    'secret must have at least 32 characters: "openssl rand -base64 32" makes one',
  )
  if (problems.length > 0) throw new TypeError(`browserSessions: ${problems.join('\nbrowserSessions: ')}`)
  return {
    ...{ issuer, clientId, clientSecret, url, path, scope, resource, claims, idleLifetime, lifetime, afterSignOut },
    ...{ signInErrors, insecureLocalhost, log, clock },
    store: store ?? new MemoryStore({ clock }),
    secrets: secrets.length > 0 ? secrets : [randomSecret()],
  }
}

/** @typedef {ReturnType<typeof checkedOptions>} Options */

/**
 * Whether it is https, or http on this machine.
 * @param {unknown} address
 * @returns {address is string}
 */
export function isSecure(address) {
  if (typeof address !== 'string' || !URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
}

/**
 * Whether it is also without a user, a query and a fragment.
 * @param {unknown} address
 */
export function isAddress(address) {
  if (!isSecure(address)) return false
  const { username, password, search, hash } = new URL(address)
  return `${username}${password}${search}${hash}` === ''
}

/** @param {unknown} address */
function but(address) {
  const http = typeof address === 'string' && address.startsWith('http:')
  return `but is ${JSON.stringify(address)}${http ? ' (http is only possible on localhost)' : ''}`
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string' && value !== ''
}

/** @param {number} seconds */
function isDuration(seconds) {
  return Number.isInteger(seconds) && seconds >= 60
}
