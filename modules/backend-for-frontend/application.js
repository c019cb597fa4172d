import { checkedOptions } from './options.js'
import { Provider } from './provider/provider.js'
import { Cookies } from './requests/cookies.js'
import { requireSameOrigin } from './requests/same-origin.js'
import { GuardedStore } from './sessions/guarded-store.js'
import { Refreshing } from './sessions/refreshing.js'
import { digest, Sealing } from './sessions/sealing.js'
import { Sessions } from './sessions/sessions.js'

/** Everything that is the same under every framework, put together once. */
export class Application {
  /** @param {import('./types.d.ts').BrowserSessionsOptions} given */
  constructor(given) {
    this.options = checkedOptions(given ?? {})
    const { log, url, path, clientId, store, secrets, insecureLocalhost } = this.options
    this.log = log
    this.signInPath = `${path}/sign-in`
    // Cookies do not know ports: two applications on localhost need two names.
    this.cookieName = `session-${digest(`${url} ${clientId}`).replace(/\W/g, '').slice(0, 8)}`
    this.cookies = new Cookies({ insecure: insecureLocalhost })
    this.store = new GuardedStore(store, log)
    this.sealing = new Sealing(secrets)
    this.provider = new Provider(this.options)
    this.sessions = new Sessions(this)
    this.refreshing = new Refreshing(this)
  }

  /** @param {Incoming} request */
  idIn(request) {
    return this.cookies.get(request, this.cookieName)
  }

  /**
   * The session of the browser that sent a request.
   * @param {Incoming} request
   * @returns {Promise<import('./types.d.ts').BrowserSession | null>}
   * @throws {import('./requests/refusal.js').Refusal} 403 or 503
   */
  async sessionOf(request) {
    const id = this.idIn(request)
    if (id === undefined) return null
    requireSameOrigin(request, this.options.url)
    const stored = await this.sessions.find(id)
    if (stored === undefined) return null
    return {
      claims: stored.claims,
      expires: this.sessions.expiryOf(stored),
      accessToken: () => this.refreshing.accessToken(id, stored),
    }
  }
}

/** @typedef {import('./requests/incoming.js').Incoming} Incoming */
