import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inOneLine, notSignedIn, Refusal, tooLarge } from '../requests/refusal.js'
import { requireSameOrigin } from '../requests/same-origin.js'
import { guarded } from '../routes.js'
import { headersForApi, headersForBrowser } from './headers.js'
import { checkedTarget, isBelow, pathAtTarget } from './target.js'

const MOST_BYTES = 10 * 1024 * 1024
const TIMEOUT = 60
/** Answers with these have no body (RFC 9110, section 6.4.1). */
const WITHOUT_BODY = [204, 205, 304]
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/**
 * Sends requests below a path to an API, with the access token of the person who is signed in. Bodies are streamed in
 * both directions; redirects of the API are not followed.
 * @param {import('../application.js').Application} app
 * @param {string} path @param {string} target
 * @param {import('../types.d.ts').ForwardOptions} [options]
 * @returns {(request: Incoming) => Promise<Answer> | null} null for a request that is the application's own
 */
export function forwarding(app, path, target, { mostBytes = MOST_BYTES, timeout = TIMEOUT } = {}) {
  const checked = checkedTarget(path, target)
  /** @param {Incoming} request */
  const forward = async request => {
    const at = pathAtTarget(checked, request.target)
    requireSameOrigin(request, app.options.url)
    const session = await app.sessionOf(request)
    if (session === null) throw notSignedIn(app.signInPath)
    const headers = headersForApi(request, await session.accessToken())
    if (Number(request.header('content-length') ?? 0) > mostBytes) throw tooLarge(mostBytes)
    const closed = request.closed()
    try {
      const address = new URL(checked.origin.origin)
      const response = await sent(request, { address, at, headers, mostBytes, timeout, closed })
      const located = (/** @type {string} */ location) => locatedHere(location, checked)
      const status = response.statusCode ?? 0
      if (status < 200 || status > 599) throw new Error(`it answered with the status ${status}`)
      const bodiless = request.method === 'HEAD' || WITHOUT_BODY.includes(status)
      if (bodiless) response.resume()
      return { status, headers: headersForBrowser(response, located), body: bodiless ? '' : response }
    } catch (error) {
      if (error instanceof Refusal) throw error
      if (!closed?.aborted)
        app.log.error(`${path}: the API at ${checked.origin.host} did not answer: ${inOneLine(error)}`)
      throw new Refusal(502, 'api_unavailable', 'The API does not answer.', { cause: error })
    }
  }
  return request => (isBelow(checked, request.target) ? guarded(app, () => forward(request)) : null)
}

/**
 * @param {Incoming} request
 * @param {To} to
 * @returns {Promise<import('node:http').IncomingMessage>} as soon as the API begins to answer
 */
function sent(request, to) {
  const { address, at, headers, mostBytes, timeout, closed } = to
  return new Promise((resolve, reject) => {
    const send = address.protocol === 'https:' ? httpsRequest : httpRequest
    const { method } = request
    const outgoing = send(address, { path: at, method, headers, ...(closed && { signal: closed }) })
    const late = new Refusal(504, 'api_timeout', `The API has not answered within ${timeout} seconds.`)
    const timer = setTimeout(() => outgoing.destroy(late), timeout * 1000)
    outgoing.on('response', response => {
      clearTimeout(timer)
      resolve(response)
    })
    outgoing.on('error', error => {
      clearTimeout(timer)
      // The API closed a connection that was kept open, just when this request began to use it.
      const stale = outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
      if (stale && !request.hasBody && IDEMPOTENT.includes(method)) resolve(sent(request, to))
      else reject(error)
    })
    if (!request.hasBody) outgoing.end()
    else pipeline(Readable.from(limited(request.body(), mostBytes)), outgoing).catch(reject)
  })
}

/** @param {AsyncIterable<Uint8Array>} body @param {number} mostBytes */
async function* limited(body, mostBytes) {
  let length = 0
  for await (const chunk of body) {
    length += chunk.byteLength
    if (length > mostBytes) throw tooLarge(mostBytes)
    yield chunk
  }
}

/** A redirect within the API leads to the same place below the path here. @param {string} location @param {import('./target.js').Target} target */
function locatedHere(location, { prefix, origin, basePath }) {
  const url = URL.canParse(location, origin) ? new URL(location, origin) : undefined
  if (url === undefined || url.origin !== origin.origin) return location
  const { pathname, search, hash } = url
  const below = pathname === basePath || pathname.startsWith(`${basePath}/`)
  return below ? `${prefix}${pathname.slice(basePath.length)}${search}${hash}` : location
}

/**
 * @typedef {import('../requests/incoming.js').Incoming} Incoming
 * @typedef {import('../requests/answers.js').Answer} Answer
 *
 * @typedef {object} To
 * @property {URL} address
 * @property {string} at path and query
 * @property {Record<string, string | string[]>} headers
 * @property {number} mostBytes
 * @property {number} timeout in seconds
 * @property {AbortSignal | undefined} closed
 */
