/**
 * The answers of the API itself: refusals with their challenges (RFC 6750, RFC 9449, RFC 9470), and the document that says
 * where to get tokens (RFC 9728). Nothing here knows how a token is checked.
 */

/** Why a request is refused. Anything else that is thrown is a bug. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string | null} code the `error` of the response; null if the request had no token
   * @param {string} description
   * @param {Record<string, string>} parameters further parameters of the challenge
   * @param {Record<string, string>} headers further headers of the response
   */
  constructor(status, code, description, parameters = {}, headers = {}) {
    super(description)
    this.status = status
    this.code = code
    this.parameters = parameters
    this.headers = headers
  }
}

/** @param {string} description */
export function invalidToken(description) {
  return new Refusal(401, 'invalid_token', description)
}

/** @param {string} description */
export function invalidProof(description) {
  return new Refusal(401, 'invalid_dpop_proof', description)
}

/** The token may be valid, but that can't be decided now. @param {string} description */
export function unavailable(description, retryAfter = 5) {
  return new Refusal(503, 'temporarily_unavailable', description, {}, { 'Retry-After': String(retryAfter) })
}
