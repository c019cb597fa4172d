/**
 * Accepts access tokens of Gatehouse for one API. This is the part that all frameworks share: it gets a request, and
 * returns what its token says, or the answer that refuses it. The files named after frameworks only translate.
 */
import { accessOf } from './access.js'
import { answerTo } from './answers/challenge.js'
import { Metadata } from './answers/metadata.js'
import { Refusal, unavailable } from './answers/refusal.js'
import { epoch } from './clock.js'
import { Possession } from './dpop/possession.js'
import { settle } from './options.js'
import { ProviderUnavailable } from './provider/limited-request.js'
import { Provider } from './provider/provider.js'
import { Revocations } from './revocations/revocations.js'
import { schemeOf, tokenOf } from './tokens/presented-token.js'
import { Tokens } from './tokens/tokens.js'

/**
 * @typedef {object} ApiRequest
 * @property {string} method
 * @property {string} path without the query
 * @property {(name: string) => string | undefined} header
 *
 * @typedef {import('./types.d.ts').Access} Access
 * @typedef {import('./types.d.ts').Answer} Answer
 * @typedef {'Bearer' | 'DPoP'} Scheme
 */

/** Which API an access was accepted by, and how it was presented, for refusals later in the same request. */
const origins = /** @type {WeakMap<Access, { api: ProtectedApi, scheme: Scheme }>} */ (new WeakMap())

export class ProtectedApi {
  #options
  #metadata
  #provider
  #tokens
  #possession
  #revocations

  /** @param {import('./types.d.ts').ProtectOptions} options @throws {TypeError} */
  constructor(options) {
    this.#options = settle(options)
    this.#metadata = new Metadata(this.#options)
    this.#provider = new Provider(this.#options)
    this.#tokens = new Tokens(this.#provider, this.#options)
    this.#possession = new Possession(this.#options)
    this.#revocations = new Revocations(this.#provider, this.#options)
  }

  /** The metadata of the API, if that is what the request is for. @param {Pick<ApiRequest, 'method' | 'path'>} request */
  metadata(request) {
    return this.#metadata.answerTo(request)
  }

  /**
   * @param {ApiRequest} request
   * @returns {Promise<{ answer: Answer } | { answer: null, access: Access, headers: Record<string, string> }>}
   */
  async admit(request) {
    const authorization = request.header('authorization') ?? ''
    const scheme = schemeOf(authorization)
    try {
      const { claims, token, headers } = await this.#accept(request, { scheme, token: tokenOf(authorization) })
      const access = accessOf(claims, { token, rolesClaim: this.#options.rolesClaim })
      origins.set(access, { api: this, scheme })
      return { answer: null, access, headers }
    } catch (error) {
      return { answer: this.#refuse(error, scheme) }
    }
  }

  /** @returns {import('./types.d.ts').Controls} */
  get controls() {
    return {
      start: async () => {
        await Promise.allSettled([this.#provider.keys(), this.#revocations.start()])
      },
      status: () => this.#revocations.status(),
      close: () => this.#revocations.close(),
    }
  }

  /**
   * Checks more of a request whose token was accepted.
   * @param {Access | null | undefined} access
   * @param {(access: Access, now: number) => boolean} holds `now`: epoch seconds
   * @param {Refusal} refusal
   * @returns {Answer | null} null if it holds
   * @throws {TypeError} if no token was accepted, which is a mistake of the developer
   */
  static require(access, holds, refusal) {
    const origin = access && origins.get(access)
    if (!origin) throw new TypeError('gatehouse/resource-server: protect() must come before what requires something')
    const { api, scheme } = origin
    return holds(access, epoch(api.#options.clock)) ? null : api.#refuse(refusal, scheme)
  }

  /** @param {ApiRequest} request @param {{ scheme: Scheme, token: string | null }} presented */
  async #accept(request, { scheme, token }) {
    if (token === null) throw new Refusal(401, null, 'an access token is required')
    this.#revocations.start()
    const { claims, keys, thumbprint } = await this.#tokens.verify(token)
    await this.#revocations.requireNone(keys)
    const headers = await this.#possession.check(request, { scheme, token, thumbprint })
    return { claims, token, headers }
  }

  /** @param {unknown} error @param {Scheme} scheme @returns {Answer} */
  #refuse(error, scheme) {
    const refusal = error instanceof ProviderUnavailable ? unavailable('the token cannot be checked now') : error
    if (!(refusal instanceof Refusal)) throw error
    const { dpop, publicUrl } = this.#options
    const schemes = [...(dpop?.required ? [] : ['Bearer']), ...(publicUrl === null ? [] : ['DPoP'])]
    return answerTo(refusal, { scheme, schemes, metadataUrl: this.#metadata.url })
  }
}
