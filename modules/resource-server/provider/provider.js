/**
 * What is read from Gatehouse: its discovery document, its keys, and what it says about an opaque token. Everything has a
 * time limit and a size limit, and is kept while Gatehouse is away.
 */
import { CachedDocument } from './cached-document.js'
import { KeySet } from './key-set.js'
import { limitedRequest, ProviderUnavailable } from './limited-request.js'
import { Outage } from './outage.js'

const DISCOVERY = '/.well-known/openid-configuration'
const LIMIT = 512 * 1024
const CONFIGURATION = { freshFor: 60 * 60, coolDown: 30 }
const KEYS = { freshFor: 10 * 60, coolDown: 30 }

export class Provider {
  #options
  /** @type {CachedDocument<Record<string, unknown>>} */
  #configuration
  /** @type {CachedDocument<KeySet>} */
  #keys

  /** @param {import('../options.js').Settled} options */
  constructor(options) {
    const { issuer, clock, log } = options
    this.#options = options
    const advice = `Tokens are checked with the keys that are known; without any, requests get 503. Check that this server reaches ${issuer}.`
    const outage = new Outage(log, `the keys of ${issuer}`, advice)
    this.#configuration = new CachedDocument({ fetch: () => this.#discover(), clock, ...CONFIGURATION })
    this.#keys = new CachedDocument({ fetch: () => this.#fetchKeys(), clock, outage, ...KEYS })
  }

  /**
   * The address of an endpoint from discovery; null if it names none. With `newer`, discovery is read again, but not more
   * often than each 30 s.
   * @param {'jwks_uri' | 'introspection_endpoint' | 'access_token_revocations_uri'} name
   * @param {{ newer?: boolean }} [options]
   * @throws {ProviderUnavailable}
   */
  async endpoint(name, { newer = false } = {}) {
    const address = (await (newer ? this.#configuration.newer() : this.#configuration.current()))[name]
    if (typeof address !== 'string') return null
    if (this.#options.trusts(address)) return address
    throw new ProviderUnavailable(`${name} in the metadata of ${this.#options.issuer} is not https: ${address}`)
  }

  /**
   * The keys of the provider. If this one is not among them, they are fetched again, but not more often than each 30 s.
   * @param {string} [kid]
   * @throws {ProviderUnavailable}
   */
  async keys(kid) {
    const keys = await this.#keys.current()
    return kid === undefined || keys.has(kid) ? keys : this.#keys.newer()
  }

  async #discover() {
    const { issuer } = this.#options
    const document = await this.#json(issuer.replace(/\/$/, '') + DISCOVERY)
    if (document.issuer === issuer) return document
    throw new ProviderUnavailable(`the metadata of ${issuer} names another issuer, ${String(document.issuer)}`)
  }

  /** @returns {Promise<KeySet>} */
  async #fetchKeys() {
    const address = await this.endpoint('jwks_uri')
    if (address === null) throw new ProviderUnavailable(`the metadata of ${this.#options.issuer} has no jwks_uri`)
    const { keys } = await this.#json(address)
    if (!Array.isArray(keys)) throw new ProviderUnavailable(`${address} has no keys`)
    return new KeySet(keys)
  }

  /** @param {string} url @returns {Promise<Record<string, unknown>>} */
  async #json(url) {
    const request = { headers: { Accept: 'application/json' }, seconds: this.#options.timeout, limit: LIMIT }
    const document = JSON.parse((await limitedRequest(url, request)).toString())
    if (document !== null && typeof document === 'object') return document
    throw new ProviderUnavailable(`${url} is not a JSON object`)
  }
}
