import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inOneLine, notSignedIn, Refusal } from '../requests/refusal.js'
import { requireSameOrigin } from '../requests/same-origin.js'
import { guarded } from '../routes.js'
import { headersForApi, headersForBrowser } from './headers.js'
import { checkedTarget, pathAtTarget } from './target.js'

const MOST_BYTES = 10 * 1024 * 1024
const TIMEOUT = 60

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
  /** @param {Incoming} request @param {string} at */
  const forward = async (request, at) => {
    requireSameOrigin(request, app.options.url)
    const session = await app.sessionOf(request)
    if (session === null) throw notSignedIn(app.signInPath)
    const headers = headersForApi(request, await session.accessToken())
    if (Number(request.header('content-length') ?? 0) > mostBytes) throw tooLarge(mostBytes)
    try {
      const response = await sent(request, { address: new URL(checked.origin.origin), at, headers, mostBytes, timeout })
      const located = (/** @type {string} */ location) => locatedHere(location, checked)
      return { status: response.statusCode ?? 502, headers: headersForBrowser(response, located), body: response }
    } catch (error) {
      if (error instanceof Refusal) throw error
      app.log.error(`${path}: the API at ${checked.origin.host} did not answer: ${inOneLine(error)}`)
      throw new Refusal(502, 'api_unavailable', 'The API does not answer.', { cause: error })
    }
  }
  return request => {
    if (!isBelow(request, path)) return null
    return guarded(app, async () => forward(request, pathAtTarget(checked, request.target) ?? '/'))
  }
}

/** @param {Incoming} request @param {string} path */
function isBelow({ target }, path) {
  return target.startsWith(path) && /^([/?#]|$)/.test(target.slice(path.length))
}

/**
 * @param {Incoming} request
 * @param {{ address: URL, at: string, headers: Record<string, string | string[]>, mostBytes: number, timeout: number }} to
 * @returns {Promise<import('node:http').IncomingMessage>} as soon as the API begins to answer
 */
function sent(request, { address, at, headers, mostBytes, timeout }) {
  return new Promise((resolve, reject) => {
    const send = address.protocol === 'https:' ? httpsRequest : httpRequest
    const { method, closed } = request
    const outgoing = send(address, { path: at, method, headers, ...(closed && { signal: closed }) })
    const late = new Refusal(504, 'api_timeout', `The API has not answered within ${timeout} seconds.`)
    const timer = setTimeout(() => outgoing.destroy(late), timeout * 1000)
    outgoing.on('response', response => {
      clearTimeout(timer)
      resolve(response)
    })
    outgoing.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    if (!hasBody(request)) outgoing.end()
    else pipeline(Readable.from(limited(request.body(), mostBytes)), outgoing).catch(reject)
  })
}

/** @param {Incoming} request */
function hasBody({ header }) {
  return header('transfer-encoding') !== undefined || Number(header('content-length') ?? 0) > 0
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

/** @param {number} mostBytes */
function tooLarge(mostBytes) {
  return new Refusal(413, 'too_large', `The request is larger than ${mostBytes} bytes.`)
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
 */
