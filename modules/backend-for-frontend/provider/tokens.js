import { errors, jwtVerify } from 'jose'
import { InvalidResponse, ProviderAway } from './errors.js'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds by which the clocks of two machines may differ. */
const SKEW = 30
/** The errors of jose that say nothing about the token: the keys could not be fetched. */
const ABOUT_KEYS = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']

/** Verifies what the provider signs for this application. */
export class Tokens {
  #options
  #keys

  /**
   * @param {import('../options.js').Options} options
   * @param {() => Promise<import('jose').JWTVerifyGetKey>} keys
   */
  constructor(options, keys) {
    this.#options = options
    this.#keys = keys
  }

  /**
   * The claims of an ID token (OpenID Connect Core, section 3.1.3.7).
   * @param {string} token
   * @param {{ nonce?: string }} [expected] the nonce of the request; a refreshed ID token may have none
   * @throws {ProviderAway | InvalidResponse}
   */
  async idToken(token, { nonce } = {}) {
    const claims = await this.#verified('the ID token', token, { requiredClaims: ['sub', 'exp', 'iat'] })
    const { clientId } = this.#options
    if (nonce !== undefined && claims.nonce !== nonce)
      throw new InvalidResponse('the nonce of the ID token is another one')
    const several = Array.isArray(claims.aud) && claims.aud.length > 1
    if ((several || claims.azp !== undefined) && claims.azp !== clientId)
      throw new InvalidResponse('the ID token was issued to another application (azp)')
    return /** @type {import('jose').JWTPayload & { sub: string, iat: number }} */ (claims)
  }

  /**
   * What a logout token says (OpenID Connect Back-Channel Logout 1.0, section 2.6).
   * @param {string} token
   * @throws {ProviderAway | InvalidResponse}
   */
  async logoutToken(token) {
    const requiredClaims = ['iat', 'exp', 'jti']
    const claims = await this.#verified('the logout token', token, { typ: 'logout+jwt', requiredClaims })
    const { events, nonce, sub, sid, iat, jti } = claims
    const isLogout = typeof events === 'object' && events !== null && LOGOUT_EVENT in events
    if (!isLogout || nonce !== undefined) throw new InvalidResponse('the token is not a logout token')
    if (sub === undefined && sid === undefined) throw new InvalidResponse('the logout token names neither sub nor sid')
    if (sid !== undefined && typeof sid !== 'string')
      throw new InvalidResponse('the sid of the logout token is no text')
    return { sub, sid, iat: Number(iat), jti: String(jti) }
  }

  /** @param {string} what @param {string} token @param {import('jose').JWTVerifyOptions} options */
  async #verified(what, token, options) {
    const { issuer, clientId, clock } = this.#options
    const keys = await this.#keys()
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience: clientId, algorithms: ALGORITHMS, clockTolerance: SKEW, currentDate: clock.now() },
        ...options,
      })
      return payload
    } catch (error) {
      const reason = /** @type {Error} */ (error).message
      if (error instanceof errors.JOSEError && !ABOUT_KEYS.includes(error.code))
        throw new InvalidResponse(`${what} was not accepted: ${reason}`, error)
      throw new ProviderAway(`the keys for ${what} could not be fetched: ${reason}`, error)
    }
  }
}
