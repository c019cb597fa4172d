import { createRemoteJWKSet, customFetch as joseFetch, type RemoteJWKSet } from 'jose'
import { allowInsecureRequests, Configuration, clockTolerance, customFetch, discovery } from 'openid-client'
import type { Needs } from '../../base/nouns.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { clientAuthentication } from './client-authentication.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

/** Seconds by which clocks may differ. */
export const CLOCK_TOLERANCE = 30

/** Milliseconds for which what a provider says of itself is believed. */
const CACHE_MS = 10 * 60_000

/** How a provider is spoken to, and the keys that it signs with; null of plain OAuth 2.0. */
export interface UpstreamConfiguration {
  configuration: Configuration
  keys: RemoteJWKSet | null
}

/**
 * What providers say of themselves (OpenID Connect Discovery 1.0), or operators of them, as remembered for a while. What
 * is remembered was made from the provider as it was: one that has changed is asked anew.
 */
export class Discovery {
  readonly #app
  readonly #fetch: UpstreamFetch
  readonly #cache = new Map<string, { madeFrom: string; until: number; known: Promise<UpstreamConfiguration> }>()

  constructor(app: Needs<'clock' | 'identityProviders'>, fetch: UpstreamFetch) {
    this.#app = app
    this.#fetch = fetch
  }

  /** Whoever asks meanwhile shares the one request; a failure is not remembered. */
  of(provider: IdentityProvider): Promise<UpstreamConfiguration> {
    const { id, kind, issuer, endpoints, clientId, sealedSecret, settings } = provider
    const madeFrom = JSON.stringify([kind, issuer, endpoints, clientId, sealedSecret, settings])
    const found = this.#cache.get(id)
    if (found?.madeFrom === madeFrom && found.until > this.#app.clock.now().getTime()) return found.known
    const entry = { madeFrom, until: this.#app.clock.now().getTime() + CACHE_MS, known: this.load(provider) }
    this.#cache.set(id, entry)
    entry.known.catch(() => this.#cache.get(id) === entry && this.#cache.delete(id))
    return entry.known
  }

  /** Without memory. */
  async load(provider: IdentityProvider): Promise<UpstreamConfiguration> {
    const configuration = provider.openid ? await this.#discovered(provider) : this.#configured(provider)
    const { jwks_uri } = configuration.serverMetadata()
    const keys =
      provider.openid && jwks_uri
        ? createRemoteJWKSet(new URL(jwks_uri), { [joseFetch]: this.#fetch, cacheMaxAge: CACHE_MS })
        : null
    return { configuration, keys }
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
    // Whether http is spoken is for the guard to say, host by host.
    if (token.startsWith('http:')) allowInsecureRequests(configuration)
    return configuration
  }

  /** One that comes beside, of whatever make, is no ID token of OpenID Connect: nothing says what it should be like. */
  #withoutIdToken(token: string): UpstreamFetch {
    return async (url, init) => {
      const response = await this.#fetch(url, init)
      if (url !== token || response.status !== 200) return response
      const said = (await response
        .clone()
        .json()
        .catch(() => null)) as { id_token?: unknown } | null
      return said?.id_token === undefined ? response : Response.json({ ...said, id_token: undefined })
    }
  }

  #authentication(provider: IdentityProvider) {
    return clientAuthentication(provider, this.#app.identityProviders.secretOf(provider), this.#app.clock)
  }
}
