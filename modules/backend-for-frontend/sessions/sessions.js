import { digest, randomSecret } from './sealing.js'

/** Seconds for which a session that was ended is remembered, so that a refresh under way does not store it again. */
const REMEMBERED = 120
/** A refused person's logout token can be sent again for some time with the same jti. */
const DAY = 24 * 3600
const SESSION = 'session'
const REFRESH = 'refresh'

/**
 * The sessions of browsers. A session is known by the ID in its cookie; the store has only its digest, and what it
 * stores is sealed under a key made from the ID. In the store are, under names with the digest:
 * `session` (claims, ID token, access token), `refresh` (the refresh token, see `refreshing.js`) and `used`, which is
 * there as long as the session is in use. What the provider has ended is noted apart (`ended`), so that no list of
 * sessions has to be kept.
 */
export class Sessions {
  #app

  /** @param {import('../application.js').Application} app */
  constructor(app) {
    this.#app = app
  }

  /**
   * A new session under a new ID.
   * @param {import('../provider/provider.js').TokenResponse & { idToken: string }} tokens
   * @param {import('jose').JWTPayload & { sub: string, iat: number }} claims
   * @returns {Promise<string>} its ID, for the cookie
   */
  async begin({ refreshToken, ...tokens }, claims) {
    const { options } = this.#app
    const id = randomSecret()
    const now = options.clock.now().getTime()
    const ends = now + options.lifetime * 1000
    /** @type {Stored} */
    const stored = { ...tokens, claims, signedInAt: claims.iat, ends, renewable: refreshToken !== undefined }
    if (refreshToken !== undefined) await this.keepRefreshToken(id, stored, refreshToken)
    await this.#touch(id)
    await this.keep(id, stored)
    return id
  }

  /**
   * @param {string | undefined} id
   * @param {{ quietly?: boolean }} [how] quietly: without counting as a use of the session
   * @returns {Promise<Stored | undefined>} undefined once it has ended
   */
  async find(id, { quietly = false } = {}) {
    if (id === undefined) return undefined
    const { store, options } = this.#app
    const [stored, used] = await Promise.all([this.read(id), store.get(keyOf('used', id))])
    if (stored === undefined) return undefined
    const now = options.clock.now().getTime()
    if (used == null || stored.ends <= now || (await this.#endedByProvider(stored))) {
      await this.end(id)
      return undefined
    }
    if (!quietly && now - Number(used) > Math.min(60, options.idleLifetime / 4) * 1000) await this.#touch(id)
    return stored
  }

  /** @param {string} id @returns {Promise<Stored | undefined>} */
  async read(id) {
    const { store, sealing } = this.#app
    const sealed = await store.get(keyOf(SESSION, id))
    return sealed == null ? undefined : /** @type {Stored | undefined} */ (sealing.open(sealed, SESSION, id))
  }

  /**
   * @param {string} id @param {Stored} stored
   * @returns {Promise<boolean>} false if it was ended meanwhile, and is not stored
   */
  keep(id, stored) {
    return this.#keep(SESSION, id, stored, stored)
  }

  /** The same for its refresh token. @param {string} id @param {Stored} stored @param {string} refreshToken */
  keepRefreshToken(id, stored, refreshToken) {
    return this.#keep(REFRESH, id, stored, refreshToken)
  }

  /** @param {string} kind @param {string} id @param {Stored} stored @param {unknown} value */
  async #keep(kind, id, { ends }, value) {
    const { store, sealing, options } = this.#app
    await store.set(keyOf(kind, id), sealing.seal(value, kind, id), (ends - options.clock.now().getTime()) / 1000)
    // In this order, as `end` notes first that it has ended, and deletes then.
    if ((await store.get(keyOf('gone', id))) == null) return true
    await store.delete(keyOf(kind, id))
    return false
  }

  /**
   * @param {string} id
   * @returns {Promise<{ stored: Stored | undefined, refreshToken: string | undefined }>} what it had
   */
  async end(id) {
    const { store, sealing } = this.#app
    await store.set(keyOf('gone', id), '1', REMEMBERED)
    const [session, refresh] = await Promise.all([
      store.take(keyOf(SESSION, id)),
      store.take(keyOf(REFRESH, id)),
      store.delete(keyOf('used', id)),
    ])
    const stored = session == null ? undefined : sealing.open(session, SESSION, id)
    const refreshToken = refresh == null ? undefined : sealing.open(refresh, REFRESH, id)
    return /** @type {{ stored: Stored | undefined, refreshToken: string | undefined }} */ ({ stored, refreshToken })
  }

  /**
   * Ends what the provider has ended: one of its sessions (`sid`), or without a `sid` all of a person. The same logout
   * token a second time changes nothing.
   * @param {{ sub?: string, sid?: string, iat: number, jti: string }} logout
   */
  async endOf({ sub, sid, iat, jti }) {
    const { store, options } = this.#app
    const marks = this.#names('jti', jti)
    const seen = await Promise.all(marks.map(name => store.get(name)))
    if (seen.some(mark => mark != null)) return
    for (const name of sid === undefined ? this.#names('sub', sub ?? '') : this.#names('sid', sid)) {
      const before = Number((await store.get(name)) ?? 0)
      await store.set(name, String(Math.max(iat, before)), options.lifetime)
    }
    for (const name of marks) await store.set(name, '1', DAY)
  }

  /** When it ends if there is no further request. @param {Stored} stored */
  expiryOf({ ends }) {
    const { clock, idleLifetime } = this.#app.options
    return new Date(Math.min(ends, clock.now().getTime() + idleLifetime * 1000))
  }

  /** A session of the provider ends for good; a person's sessions end that began before. @param {Stored} stored */
  async #endedByProvider({ claims: { sub, sid }, signedInAt }) {
    const { store } = this.#app
    const bySid = typeof sid === 'string' ? this.#names('sid', sid) : []
    const marks = await Promise.all([
      ...bySid.map(async name => (await store.get(name)) != null),
      ...this.#names('sub', sub).map(async name => Number((await store.get(name)) ?? 0) >= signedInAt),
    ])
    return marks.includes(true)
  }

  /** @param {string} id */
  #touch(id) {
    const { store, options } = this.#app
    return store.set(keyOf('used', id), String(options.clock.now().getTime()), options.idleLifetime)
  }

  /** @param {'sid' | 'sub' | 'jti'} kind @param {string} value */
  #names(kind, value) {
    return this.#app.sealing.names(kind, value).map(name => `ended:${kind}:${name}`)
  }
}

/** @param {string} kind @param {string} id */
export function keyOf(kind, id) {
  return `${kind}:${digest(id)}`
}

/**
 * @typedef {object} Stored
 * @property {import('jose').JWTPayload & { sub: string }} claims
 * @property {string} idToken
 * @property {string} accessToken
 * @property {number} issuedAt of the access token, in milliseconds
 * @property {number} expiresAt of the access token, in milliseconds
 * @property {number} signedInAt when the provider signed the first ID token, in seconds
 * @property {number} ends the session, in milliseconds
 * @property {boolean} renewable whether there is a refresh token
 */
