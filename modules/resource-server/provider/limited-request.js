import http from 'node:http'
import https from 'node:https'

/** Why the provider could not be asked. It is not the caller's fault. */
export class ProviderUnavailable extends Error {
  /** @param {string} message @param {{ status?: number, retryAfter?: number }} details */
  constructor(message, { status, retryAfter } = {}) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** A response that can't be understood. @param {unknown} reason */
export function invalidAnswer(reason) {
  return new ProviderUnavailable(reason instanceof Error ? reason.message : String(reason))
}

/**
 * @typedef {object} LimitedRequest
 * @property {'GET' | 'POST'} [method]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {number} seconds after which it is given up
 * @property {number} limit the most bytes of the response
 * @property {AbortSignal} [signal]
 * @property {boolean} [background] whether the process may end although the response has not come
 */

/**
 * The body of a response with the status 200. Redirects are not followed.
 * @param {string} url
 * @param {LimitedRequest} request
 * @returns {Promise<Buffer>}
 * @throws {ProviderUnavailable}
 */
export async function limitedRequest(url, request) {
  try {
    return await attempt(url, request)
  } catch (error) {
    // The server closed a connection that was kept open just when it was used again.
    if (error instanceof ReusedConnectionClosed) return attempt(url, request)
    throw error
  }
}

class ReusedConnectionClosed extends ProviderUnavailable {}

/** @param {string} url @param {LimitedRequest} options @returns {Promise<Buffer>} */
function attempt(url, { method = 'GET', headers = {}, body, seconds, limit, signal, background = false }) {
  const deadline = AbortSignal.timeout(seconds * 1000)
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http
    const sent = request(url, {
      method,
      headers: { ...headers, ...length },
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    })
    if (background) sent.on('socket', socket => socket.unref())
    sent.on('error', fail)
    sent.on('response', response => {
      if (response.statusCode !== 200) {
        response.destroy()
        return reject(unexpected(url, response))
      }
      /** @type {Buffer[]} */
      const chunks = []
      let size = 0
      response.on('error', fail)
      response.on('end', () => resolve(Buffer.concat(chunks)))
      response.on('data', chunk => {
        size += chunk.length
        if (size <= limit) return chunks.push(chunk)
        response.destroy()
        reject(new ProviderUnavailable(`${url} answers with more than ${limit} bytes`))
      })
    })
    sent.end(body)

    /** @param {Error & { code?: string }} error */
    function fail(error) {
      if (deadline.aborted) return reject(new ProviderUnavailable(`${url} does not answer within ${seconds} s`))
      const Kind = sent.reusedSocket && error.code === 'ECONNRESET' ? ReusedConnectionClosed : ProviderUnavailable
      reject(new Kind(`${url} can't be reached: ${error.message || error.code}`))
    }
  })
}

/** @param {string} url @param {http.IncomingMessage} response */
function unexpected(url, { statusCode: status = 0, headers }) {
  const retryAfter = Number(headers['retry-after']) || undefined
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
  return new ProviderUnavailable(`${url} answers ${status}${redirect}`, { status, retryAfter })
}
