import { createRemoteJWKSet } from 'jose'
import { isSecure } from '../options.js'
import { InvalidResponse, ProviderAway } from './errors.js'
import { fetched } from './fetched.js'
import { Tokens } from './tokens.js'

const NEEDED = /** @type {const} */ (['authorization_endpoint', 'token_endpoint', 'jwks_uri'])

/** The provider, as an application with a secret speaks to it. It knows no browsers and no sessions. */
export class Provider {
  #options
  #tokens
  /** @type {Promise<Metadata> | undefined} */
  #discovered
  /** @type {import('jose').JWTVerifyGetKey | undefined} */
  #keys

  /** @param {import('../options.js').Options} options */
  constructor(options) {
    this.#options = options
    this.#tokens = new Tokens(options, async () => {
      const { jwks_uri } = await this.metadata()
      this.#keys ??= createRemoteJWKSet(new URL(jwks_uri))
      return this.#keys
    })
  }

  get tokens() {
    return this.#tokens
  }

  /** The discovery document, fetched when it is needed first, and again after a failure. @returns {Promise<Metadata>} */
  metadata() {
    this.#discovered ??= this.#discover().catch(error => {
      this.#discovered = undefined
      throw error
    })
    return this.#discovered
  }

  /** @param {string} code @param {string} verifier */
  redeem(code, verifier) {
    const { url, path } = this.#options
    const redirect_uri = `${url}${path}/callback`
    return this.#grant({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier })
  }

  /** @param {string} refreshToken */
  refresh(refreshToken) {
    return this.#grant({ grant_type: 'refresh_token', refresh_token: refreshToken })
  }

  /**
   * Revokes a refresh token (RFC 7009), and with it what the provider gave for it. A failure is logged: the session here
   * has ended in any case.
   * @param {string} refreshToken
   */
  async revoke(refreshToken) {
    try {
      const { revocation_endpoint } = await this.metadata()
      if (revocation_endpoint === undefined) return
      const parameters = { token: refreshToken, token_type_hint: 'refresh_token' }
      await this.#post('the revocation endpoint', revocation_endpoint, parameters)
    } catch (error) {
      this.#options.log.warn(`a refresh token could not be revoked: ${/** @type {Error} */ (error).message}`)
    }
  }

  async #discover() {
    const { issuer } = this.#options
    const where = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const found = await fetched('discovery', where)
    if (found.issuer !== issuer)
      throw new InvalidResponse(
        `the issuer in ${where} is ${JSON.stringify(found.issuer)}, not ${issuer}: correct the option issuer`,
      )
    for (const name of NEEDED)
      if (!isSecure(found[name]))
        throw new InvalidResponse(`${where} has no usable ${name}: ${JSON.stringify(found[name])}`)
    return /** @type {Metadata} */ (found)
  }

  /**
   * Tokens from the token endpoint (RFC 6749, section 5.1).
   * @param {Record<string, string>} parameters
   * @returns {Promise<TokenResponse>}
   */
  async #grant(parameters) {
    const { resource, clock } = this.#options
    const { token_endpoint } = await this.metadata()
    const asked = resource === undefined ? parameters : { ...parameters, resource }
    const found = await this.#post('the token endpoint', token_endpoint, asked)
    const { access_token, token_type, expires_in, refresh_token, id_token } = found
    if (typeof access_token !== 'string' || typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer')
      throw new ProviderAway('the token endpoint answered without a bearer token')
    const now = clock.now().getTime()
    const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : 0
    return {
      accessToken: access_token,
      issuedAt: now,
      expiresAt: now + seconds * 1000,
      refreshToken: typeof refresh_token === 'string' ? refresh_token : undefined,
      idToken: typeof id_token === 'string' ? id_token : undefined,
    }
  }

  /** @param {string} what @param {string} address @param {Record<string, string>} parameters */
  #post(what, address, parameters) {
    const { clientId, clientSecret } = this.#options
    const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')
    const headers = { authorization: `Basic ${credentials}`, accept: 'application/json' }
    return fetched(what, address, { method: 'POST', headers, body: new URLSearchParams(parameters) })
  }
}

/** RFC 6749, section 2.3.1. @param {string} text */
function formEncoded(text) {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

/**
 * @typedef {object} Metadata
 * @property {string} issuer
 * @property {string} authorization_endpoint
 * @property {string} token_endpoint
 * @property {string} jwks_uri
 * @property {string} [revocation_endpoint]
 * @property {string} [end_session_endpoint]
 * @property {boolean} [authorization_response_iss_parameter_supported]
 *
 * @typedef {object} TokenResponse
 * @property {string} accessToken
 * @property {number} issuedAt in milliseconds
 * @property {number} expiresAt in milliseconds
 * @property {string | undefined} refreshToken
 * @property {string | undefined} idToken
 */
