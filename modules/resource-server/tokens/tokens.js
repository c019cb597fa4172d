/**
 * Decides whether an access token is valid for this API: a JWT by its signature, an opaque one by introspection. Whether
 * it was revoked, and whether the client has its key, is checked elsewhere.
 */
import { hash } from 'node:crypto'
import { invalidToken } from '../answers/refusal.js'
import { epoch } from '../clock.js'
import { BoundedCache } from './bounded-cache.js'
import { frozen, requireCurrent, requireOurs, revocationKeys } from './claims.js'
import { Introspection } from './introspection.js'
import { verifyJwt } from './jwt.js'

const MOST_VERIFIED = 10_000

/**
 * @typedef {object} Verified
 * @property {import('../types.d.ts').Claims} claims
 * @property {Buffer[]} keys under which the token can be revoked
 * @property {string | null} thumbprint of the key that the token is bound to
 */

export class Tokens {
  #provider
  #options
  #introspection
  /** @type {BoundedCache<{ verified: Verified, keys: object }>} */
  #known = new BoundedCache(MOST_VERIFIED)

  /** @param {import('../provider/provider.js').Provider} provider @param {import('../options.js').Settled} options */
  constructor(provider, options) {
    this.#provider = provider
    this.#options = options
    this.#introspection = options.introspection ? new Introspection(provider, options.introspection, options) : null
  }

  /**
   * @param {string} token
   * @returns {Promise<Verified>}
   * @throws {import('../answers/refusal.js').Refusal}
   * @throws {import('../provider/limited-request.js').ProviderUnavailable}
   */
  async verify(token) {
    const digest = hash('sha256', token, 'base64url')
    const verified = token.includes('.') ? await this.#jwt(token, digest) : await this.#opaque(token, digest)
    requireCurrent(verified.claims, this.#options.clockTolerance, epoch(this.#options.clock))
    return verified
  }

  /**
   * The signature of a token is verified once for each set of keys.
   * @param {string} token @param {string} digest @returns {Promise<Verified>}
   */
  async #jwt(token, digest) {
    const keys = await this.#provider.keys()
    const known = this.#known.get(digest, epoch(this.#options.clock))
    if (known?.keys === keys) return known.verified
    const { claims, keys: used } = await verifyJwt(token, { types: this.#options.types, provider: this.#provider })
    for (const name of ['sub', 'jti'])
      if (typeof claims[name] !== 'string' || claims[name] === '') throw invalidToken(`the token has no ${name}`)
    const verified = this.#accepted(claims)
    const until = Number(claims.exp) + this.#options.clockTolerance
    this.#known.set(digest, { verified, keys: used }, until)
    return verified
  }

  /** @param {string} token @param {string} digest @returns {Promise<Verified>} */
  async #opaque(token, digest) {
    if (!this.#introspection) throw invalidToken('the token is not a JWT')
    const claims = await this.#introspection.verify(token, digest)
    return this.#accepted({ ...claims, sub: claims.sub ?? claims.client_id })
  }

  /** @param {Record<string, unknown>} claims @returns {Verified} */
  #accepted(claims) {
    requireOurs(claims, this.#options)
    return { claims: frozen(claims), keys: revocationKeys(claims), thumbprint: boundTo(claims) }
  }
}

/** @param {Record<string, unknown>} claims @returns {string | null} */
function boundTo({ cnf }) {
  if (cnf === undefined) return null
  const { jkt } = /** @type {{ jkt?: unknown }} */ (cnf ?? {})
  // A token that is bound in another way, such as to a certificate, must not be accepted without a check.
  if (typeof jkt !== 'string') throw invalidToken('the token is bound to a key in a way that is not supported')
  return jkt
}
