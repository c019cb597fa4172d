/** They concern one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade'],
]
/** The API learns the token instead of the cookie, and nothing of the page. What proxies say, a browser cannot. */
const NOT_FOR_THE_API = [
  ...['cookie', 'cookie2', 'authorization', 'host', 'expect', 'content-length', 'origin', 'referer', 'dpop'],
  ...['forwarded', 'x-real-ip', 'true-client-ip', 'via'],
]
const PREFIXES_NOT_FOR_THE_API = ['x-forwarded-', 'sec-', 'proxy-']
/** The API does not decide about the origin of the application. */
const NOT_FOR_THE_BROWSER = [
  ...['set-cookie', 'set-cookie2', 'strict-transport-security', 'public-key-pins', 'alt-svc', 'clear-site-data'],
  ...['content-security-policy', 'content-security-policy-report-only', 'service-worker-allowed', 'refresh'],
]
const PREFIXES_NOT_FOR_THE_BROWSER = ['access-control-']

/**
 * @param {import('../requests/incoming.js').Incoming} request
 * @param {string} accessToken
 * @returns {Record<string, string | string[]>}
 */
export function headersForApi(request, accessToken) {
  const length = request.header('content-length')
  return {
    ...passedOn(request.headers(), request.header('connection'), NOT_FOR_THE_API, PREFIXES_NOT_FOR_THE_API),
    ...(length !== undefined && /^\d+$/.test(length) && { 'content-length': length }),
    authorization: `Bearer ${accessToken}`,
  }
}

/**
 * An answer of the API is shown in the application's origin: a document in it may run nothing, and no cache may give it
 * to another person.
 * @param {import('node:http').IncomingMessage} response
 * @param {(location: string) => string} located
 */
export function headersForBrowser(response, located) {
  const { rawHeaders, headers } = response
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, i) => pair(rawHeaders, i))
  const passed = passedOn(pairs, headers.connection, NOT_FOR_THE_BROWSER, PREFIXES_NOT_FOR_THE_BROWSER)
  const forOne = /\b(private|no-store)\b/i.test(headers['cache-control'] ?? '')
  return {
    ...passed,
    ...(headers.location !== undefined && { location: located(headers.location) }),
    ...(!forOne && { 'cache-control': 'no-store' }),
    vary: [headers.vary, 'Cookie'].filter(Boolean).join(', '),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
}

/** @param {string[]} raw @param {number} i @returns {[string, string]} */
function pair(raw, i) {
  return [raw[2 * i] ?? '', raw[2 * i + 1] ?? '']
}

/**
 * @param {Iterable<[name: string, value: string]>} headers
 * @param {string | undefined} connection it names further headers of the connection
 * @param {readonly string[]} dropped
 * @param {readonly string[]} prefixes
 */
function passedOn(headers, connection, dropped, prefixes) {
  const named = (connection ?? '').split(',').map(name => name.trim().toLowerCase())
  const without = new Set([...HOP_BY_HOP, ...named, ...dropped])
  /** @type {Record<string, string | string[]>} */
  const passed = Object.create(null)
  for (const [raw, value] of headers) {
    const name = raw.toLowerCase()
    if (without.has(name) || /[_:]/.test(name) || prefixes.some(prefix => name.startsWith(prefix))) continue
    const before = passed[name]
    passed[name] = before === undefined ? value : [...[before].flat(), value]
  }
  return passed
}
