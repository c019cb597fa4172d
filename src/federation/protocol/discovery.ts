import { createRemoteJWKSet, customFetch as joseFetch, type RemoteJWKSet } from 'jose'
import { allowInsecureRequests, Configuration, clockTolerance, customFetch, discovery } from 'openid-client'
import type { Needs } from '../../base/nouns.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { clientAuthentication } from './client-authentication.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

/** Seconds by which clocks may differ. */
export const CLOCK_TOLERANCE = 30

const CACHE_MS = 10 * 60_000

/** The metadata of a provider, our client there, and the provider's signing keys; null for plain OAuth 2.0. */
export interface UpstreamConfiguration {
  configuration: Configuration
  keys: RemoteJWKSet | null
}

/**
 * The metadata of providers: from discovery (OpenID Connect Discovery 1.0), or from their definition. It is cached for ten
 * minutes, and read again when the definition changes.
 */
export class Discovery {
  readonly #app
  readonly #fetch: UpstreamFetch
  readonly #cache = new Map<string, { madeFrom: string; until: number; upstream: Promise<UpstreamConfiguration> }>()

  constructor(app: Needs<'clock' | 'identityProviders'>, fetch: UpstreamFetch) {
    this.#app = app
    this.#fetch = fetch
  }

  /** Simultaneous calls share one request; a failure is not cached. */
  of(provider: IdentityProvider): Promise<UpstreamConfiguration> {
    const { id, kind, issuer, endpoints, clientId, sealedSecret, settings } = provider
    const madeFrom = JSON.stringify([kind, issuer, endpoints, clientId, sealedSecret, settings])
    const now = this.#app.clock.now().getTime()
    const found = this.#cache.get(id)
    if (found?.madeFrom === madeFrom && found.until > now) return found.upstream
    const entry = { madeFrom, until: now + CACHE_MS, upstream: this.load(provider) }
    this.#cache.set(id, entry)
    entry.upstream.catch(() => this.#cache.get(id) === entry && this.#cache.delete(id))
    return entry.upstream
  }

  /** Bypasses the cache. */
  async load(provider: IdentityProvider): Promise<UpstreamConfiguration> {
    if (!provider.openid) return { configuration: this.#configured(provider), keys: null }
    const configuration = await this.#discovered(provider)
    const { jwks_uri } = configuration.serverMetadata()
    const options = { [joseFetch]: this.#fetch, cacheMaxAge: CACHE_MS }
    return { configuration, keys: jwks_uri ? createRemoteJWKSet(new URL(jwks_uri), options) : null }
  }

  #discovered(provider: IdentityProvider): Promise<Configuration> {
    const issuer = new URL(provider.issuer ?? '')
    return discovery(issuer, provider.clientId, { [clockTolerance]: CLOCK_TOLERANCE }, this.#authentication(provider), {
      [customFetch]: this.#fetch,
      execute: issuer.protocol === 'http:' ? [allowInsecureRequests] : [],
    })
  }

  #configured(provider: IdentityProvider): Configuration {
    const { authorization, token, userinfo } = provider.endpoints!
    const metadata = {
      issuer: provider.issuer ?? new URL(authorization).origin,
      authorization_endpoint: authorization,
      token_endpoint: token,
      userinfo_endpoint: userinfo,
    }
    const configuration = new Configuration(metadata, provider.clientId, {}, this.#authentication(provider))
    configuration[customFetch] = this.#withoutIdToken(token)
    // The outbound guard decides per host whether http is allowed.
    if (token.startsWith('http:')) allowInsecureRequests(configuration)
    return configuration
  }

  /** An ID token of a provider without OpenID Connect follows no standard, so it is removed before the library checks it. */
  #withoutIdToken(token: string): UpstreamFetch {
    return async (url, init) => {
      const response = await this.#fetch(url, init)
      if (url !== token || response.status !== 200) return response
      const json = response.clone().json() as Promise<{ id_token?: unknown } | null>
      const body = await json.catch(() => null)
      return body?.id_token === undefined ? response : Response.json({ ...body, id_token: undefined })
    }
  }

  #authentication(provider: IdentityProvider) {
    return clientAuthentication(provider, this.#app.identityProviders.secretOf(provider), this.#app.clock)
  }
}
