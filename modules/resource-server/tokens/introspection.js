import { invalidToken, unavailable } from '../answers/refusal.js'
import { epoch } from '../clock.js'
import { invalidAnswer, limitedRequest, ProviderUnavailable } from '../provider/limited-request.js'
import { Outage } from '../provider/outage.js'
import { BoundedCache } from './bounded-cache.js'

const MOST = 10_000
const MOST_AT_ONCE = 100
const CACHE_FOR = 10
const LIMIT = 64 * 1024

/** @typedef {Record<string, unknown>} Introspected */

/**
 * Asks the provider about opaque tokens (RFC 7662). An answer is used again for some seconds, also that a token is not
 * active, and requests with the same token share one question.
 */
export class Introspection {
  #provider
  #clock
  #credentials
  #cacheFor
  #timeout
  #outage
  /** @type {BoundedCache<Introspected>} */
  #answers = new BoundedCache(MOST)
  /** @type {Map<string, Promise<Introspected>>} */
  #asked = new Map()

  /**
   * @param {import('../provider/provider.js').Provider} provider
   * @param {import('../types.d.ts').IntrospectionOptions} introspection
   * @param {import('../options.js').Settled} options
   */
  constructor(provider, { clientId, clientSecret, cacheFor = CACHE_FOR }, { clock, log, timeout }) {
    this.#provider = provider
    this.#clock = clock
    this.#timeout = timeout
    this.#outage = new Outage(log, 'what the issuer says about opaque tokens', 'Check the option "introspection".')
    this.#cacheFor = cacheFor
    // RFC 6749 section 2.3.1: both are form-encoded first.
    const pair = [clientId, clientSecret].map(formEncoded).join(':')
    this.#credentials = `Basic ${Buffer.from(pair).toString('base64')}`
  }

  /**
   * @param {string} token
   * @param {string} digest of the token
   * @throws {import('../answers/refusal.js').Refusal}
   * @throws {ProviderUnavailable}
   */
  async verify(token, digest) {
    const claims = this.#answers.get(digest, epoch(this.#clock)) ?? (await this.#ask(token, digest))
    if (claims.active !== true) throw invalidToken('the token is not active')
    // A refresh token has no type.
    const wanted = claims.cnf === undefined ? 'bearer' : 'dpop'
    if (String(claims.token_type).toLowerCase() !== wanted) throw invalidToken('the token is of another type')
    return claims
  }

  /** @param {string} token @param {string} digest */
  #ask(token, digest) {
    const asked = this.#asked.get(digest)
    if (asked) return asked
    if (this.#asked.size >= MOST_AT_ONCE) throw unavailable('too many tokens are being checked')
    const answer = this.#introspect(token, digest).finally(() => this.#asked.delete(digest))
    this.#asked.set(digest, answer)
    return answer
  }

  /** @param {string} token @param {string} digest @returns {Promise<Introspected>} */
  async #introspect(token, digest) {
    const answer = await this.#post(token).catch(error => {
      const problem = error instanceof ProviderUnavailable ? error : invalidAnswer(error)
      this.#outage.began(problem)
      throw problem
    })
    this.#outage.ended()
    const now = epoch(this.#clock)
    const until = Math.min(now + this.#cacheFor, typeof answer.exp === 'number' ? answer.exp : now + this.#cacheFor)
    this.#answers.set(digest, answer, until)
    return answer
  }

  /** @param {string} token @returns {Promise<Introspected>} */
  async #post(token) {
    const endpoint = await this.#provider.endpoint('introspection_endpoint')
    if (endpoint === null) throw new ProviderUnavailable('the metadata of the issuer has no introspection_endpoint')
    const headers = {
      Authorization: this.#credentials,
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
    const request = { method: /** @type {const} */ ('POST'), headers, body, seconds: this.#timeout, limit: LIMIT }
    const answer = JSON.parse((await limitedRequest(endpoint, request)).toString())
    if (answer !== null && typeof answer === 'object') return answer
    throw new ProviderUnavailable(`${endpoint} does not answer with a JSON object`)
  }
}

/** @param {string} text */
function formEncoded(text) {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
