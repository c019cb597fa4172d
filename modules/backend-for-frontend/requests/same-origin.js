import { Refusal } from './refusal.js'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses a request that may change something unless it comes from a page of the application itself. Browsers send
 * `Sec-Fetch-Site`, which no script can set; those that do not yet send at least `Origin` with such requests.
 * @param {Pick<import('./incoming.js').Incoming, 'method' | 'header'>} request
 * @param {string} url the origin of the application
 * @throws {Refusal} 403
 */
export function requireSameOrigin({ method, header }, url) {
  if (SAFE.includes(method)) return
  const site = header('sec-fetch-site')
  if (site === undefined ? header('origin') === url : site === 'same-origin') return
  const found = site === undefined ? `Origin is ${header('origin') ?? 'missing'}` : `Sec-Fetch-Site is ${site}`
  throw new Refusal(
    403,
    'foreign_request',
    `${method} is only accepted from pages of ${url}, with their session cookie (${found}). Send it from such a page; outside a browser, send the header "Origin: ${url}".`,
  )
}
