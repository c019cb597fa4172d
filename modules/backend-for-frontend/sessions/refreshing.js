import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidResponse, ProviderAway, ProviderRefused } from '../provider/errors.js'
import { notSignedIn, Refusal, unavailable } from '../requests/refusal.js'
import { keyOf } from './sessions.js'

/** Milliseconds before its expiry in which an access token is replaced, or half of its life if that is shorter. */
const EARLY = 30_000
/** Milliseconds for which a provider that did not answer is not asked again while there is a valid token. */
const AWAY = 5000
/** How long a request waits for the refresh of another process, in milliseconds. */
const PATIENCE = 12_000
const PAUSE = 50

/**
 * Refreshes the tokens of a session. A refresh token can be used once, and twice looks like theft: so the requests of
 * one process share a refresh, and of several processes the one that takes the refresh token out of the store uses it,
 * while the others wait for the new access token. If that process is stopped meanwhile, the session ends with its
 * access token, and the person signs in again.
 */
export class Refreshing {
  #app
  /** @type {Map<string, Promise<Stored>>} */
  #underWay = new Map()
  #awayAt = Number.NEGATIVE_INFINITY

  /** @param {import('../application.js').Application} app */
  constructor(app) {
    this.#app = app
  }

  /**
   * A valid access token; the present one as long as the provider is away and it has not expired.
   * @param {string} id @param {Stored} stored
   * @throws {Refusal} 401 or 503
   */
  async accessToken(id, stored) {
    const now = this.#now()
    const left = stored.expiresAt - now
    if (left >= Math.min(EARLY, (stored.expiresAt - stored.issuedAt) / 2)) return stored.accessToken
    if (left > 0 && (!stored.renewable || now - this.#awayAt < AWAY)) return stored.accessToken
    try {
      return (await this.now(id, stored)).accessToken
    } catch (error) {
      if (error instanceof Refusal && error.status === 503 && stored.expiresAt > this.#now()) return stored.accessToken
      throw error
    }
  }

  /**
   * Refreshes, whether or not it is time to.
   * @param {string} id @param {Stored} stored
   * @returns {Promise<Stored>}
   */
  now(id, stored) {
    const underWay = this.#underWay.get(id)
    if (underWay !== undefined) return underWay
    const refresh = this.#refresh(id, stored).finally(() => this.#underWay.delete(id))
    this.#underWay.set(id, refresh)
    return refresh
  }

  /** @param {string} id @param {Stored} before */
  async #refresh(id, before) {
    const { store, sealing, sessions, signInPath } = this.#app
    if (!before.renewable) throw notSignedIn(signInPath, 'The access token has expired, and there is no refresh token.')
    for (let waited = 0; ; waited += PAUSE) {
      const sealed = await store.take(keyOf('refresh', id))
      const stored = await sessions.read(id)
      if (stored === undefined) throw notSignedIn(signInPath)
      const done = stored.accessToken !== before.accessToken
      const refreshToken = sealed == null ? undefined : sealing.open(sealed, 'refresh', id)
      if (typeof refreshToken === 'string' && !done) return this.#use(id, stored, refreshToken)
      if (typeof refreshToken === 'string') await this.#putBack(id, stored, refreshToken)
      if (done) return stored
      if (waited > PATIENCE) throw await this.#lost(id, stored)
      await sleep(PAUSE)
    }
  }

  /** @param {string} id @param {Stored} stored @param {string} refreshToken */
  async #use(id, stored, refreshToken) {
    const { provider, sessions, signInPath } = this.#app
    let tokens
    try {
      tokens = await provider.refresh(refreshToken)
    } catch (error) {
      throw await this.#failed(id, stored, refreshToken, error)
    }
    const { refreshToken: next = refreshToken, idToken, ...fresh } = tokens
    try {
      const renewed = { ...stored, ...fresh, ...(await this.#newClaims(id, stored, idToken)) }
      if (await sessions.keep(id, renewed)) return renewed
    } finally {
      // Only after the session: a process that takes it finds the new access token.
      await this.#putBack(id, stored, next)
    }
    throw notSignedIn(signInPath)
  }

  /**
   * @param {string} id @param {Stored} stored @param {string | undefined} idToken
   * @returns {Promise<Partial<Stored>>}
   */
  async #newClaims(id, stored, idToken) {
    const { provider, sessions, log } = this.#app
    if (idToken === undefined) return {}
    try {
      const claims = await provider.tokens.idToken(idToken)
      if (claims.sub === stored.claims.sub) return { claims, idToken }
      throw new InvalidResponse('the refreshed ID token is for another person')
    } catch (error) {
      log.error(`a refresh gave no usable ID token: ${/** @type {Error} */ (error).message}`)
      if (error instanceof ProviderAway) return {}
      await sessions.end(id)
      throw notSignedIn(this.#app.signInPath)
    }
  }

  /** @param {string} id @param {Stored} stored @param {string} refreshToken @param {unknown} error */
  async #failed(id, stored, refreshToken, error) {
    const { sessions, log, signInPath } = this.#app
    if (error instanceof ProviderRefused && error.error === 'invalid_grant') {
      log.warn(`a session has ended: ${error.message}`)
      await sessions.end(id)
      return notSignedIn(signInPath)
    }
    if (error instanceof ProviderAway) this.#awayAt = this.#now()
    await this.#putBack(id, stored, refreshToken)
    log.error(`a refresh failed: ${/** @type {Error} */ (error).message}`)
    return unavailable('The provider does not answer. Try again in a few seconds.', error)
  }

  /** The process that had the refresh token has not come back with it. @param {string} id @param {Stored} stored */
  async #lost(id, stored) {
    if (stored.expiresAt > this.#now()) return unavailable('Another request is still refreshing.')
    this.#app.log.warn('a session has ended: its refresh token is lost, probably because a process was stopped')
    await this.#app.sessions.end(id)
    return notSignedIn(this.#app.signInPath)
  }

  /**
   * Stores the refresh token; if the person signed out while it was in use, it is revoked now.
   * @param {string} id @param {Stored} stored @param {string} refreshToken
   */
  async #putBack(id, stored, refreshToken) {
    const { sessions, provider } = this.#app
    if (!(await sessions.keepRefreshToken(id, stored, refreshToken))) await provider.revoke(refreshToken)
  }

  #now() {
    return this.#app.options.clock.now().getTime()
  }
}

/** @typedef {import('./sessions.js').Stored} Stored */
