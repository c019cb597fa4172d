/**
 * A request that is refused, with what the developer can do about it. Express, Koa, Fastify and Hono answer it with its
 * status by themselves, wherever it is thrown.
 */
export class Refusal extends Error {
  /** Express and Koa show the message. */
  expose = true

  /**
   * @param {number} status
   * @param {string} code for programs: `not_signed_in`, `foreign_request`, …
   * @param {string} message
   * @param {{ headers?: Record<string, string>, cause?: unknown, extra?: Record<string, string> }} [more]
   */
  constructor(status, code, message, { headers = {}, cause, extra = {} } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.headers = headers
    this.extra = extra
  }

  get statusCode() {
    return this.status
  }

  get body() {
    return { error: this.code, message: this.message, ...this.extra }
  }

  /** As Hono wants it. */
  getResponse() {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...this.headers }
    return new Response(JSON.stringify(this.body), { status: this.status, headers })
  }
}

/** @param {string} signIn where the page sends the person @param {string} [why] */
export function notSignedIn(signIn, why = 'No one is signed in.') {
  return new Refusal(401, 'not_signed_in', `${why} Send the browser to ${signIn}.`, { extra: { signIn } })
}

/** The rest of the request is not read. @param {number} mostBytes */
export function tooLarge(mostBytes) {
  const headers = { connection: 'close' }
  return new Refusal(413, 'too_large', `The request is larger than ${mostBytes} bytes.`, { headers })
}

/** @param {string} message @param {unknown} [cause] */
export function unavailable(message, cause) {
  return new Refusal(503, 'temporarily_unavailable', message, { headers: { 'retry-after': '5' }, cause })
}

/**
 * A text of someone else in one line of the log.
 * @param {unknown} text
 */
export function inOneLine(text) {
  return String(text)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .slice(0, 500)
}
