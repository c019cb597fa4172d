import { buildAuthorizationUrl, buildEndSessionUrl, calculatePKCECodeChallenge } from 'openid-client'
import type { Needs } from '../../base/nouns.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import type { LogoutSubject } from '../sessions/upstream-sessions.ts'
import type { AuthenticationResult, RequestSecrets } from './authentication-result.ts'
import { exchangeCode } from './code-exchange.ts'
import { Discovery } from './discovery.ts'
import { type Freshness, freshnessParameters } from './max-age.ts'
import { failureOf, UpstreamFailure } from './upstream-failure.ts'
import { type UpstreamFetch, upstreamFetch } from './upstream-fetch.ts'
import { LOGOUT_TOKEN_TTL, readLogoutToken } from './upstream-logout-token.ts'

const REPLAYED = 'UpstreamLogoutToken'

/**
 * The client of upstream providers: OpenID Connect Core 1.0, or OAuth 2.0 and an API of the provider; always with PKCE
 * (RFC 7636), and with `iss` (RFC 9207) if the provider sends it. Every failure is an UpstreamFailure, and logged once.
 */
export class UpstreamClient {
  readonly #app
  readonly #fetch: UpstreamFetch
  readonly #discovery: Discovery

  constructor(app: Needs<'identityProviders' | 'outbound' | 'replayMarks' | 'clock' | 'config' | 'log'>) {
    this.#app = app
    this.#fetch = upstreamFetch(app.outbound)
    this.#discovery = new Discovery(app, this.#fetch)
  }

  /** The URIs to register at the provider. Each provider has its own, which prevents mix-up (RFC 9700 section 4.4). */
  clientUris({ name }: Pick<IdentityProvider, 'name'>) {
    const base = `${this.#app.config.issuer}/federation/${name}`
    return {
      redirectUri: `${base}/callback`,
      signedOutUri: `${base}/signed-out`,
      backchannelLogoutUri: `${base}/backchannel-logout`,
    }
  }

  /** @throws UpstreamFailure */
  authorizationUrl(
    provider: IdentityProvider,
    { state, nonce, verifier }: RequestSecrets,
    { loginHint, ...freshness }: { loginHint?: string | null } & Partial<Freshness> = {},
  ): Promise<URL> {
    return this.#logged(provider, async () => {
      const { configuration } = await this.#discovery.of(provider)
      const { parameters, responseMode } = presetOf(provider.kind)
      return buildAuthorizationUrl(configuration, {
        redirect_uri: this.clientUris(provider).redirectUri,
        scope: provider.scopes.join(' '),
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(responseMode && { response_mode: responseMode }),
        ...(provider.openid && { nonce }),
        ...(provider.openid && loginHint && { login_hint: loginHint }),
        ...parameters,
        ...freshnessParameters(provider, freshness),
      })
    })
  }

  /** @param parameters those of the callback. @throws UpstreamFailure */
  exchangeCode(
    provider: IdentityProvider,
    parameters: URLSearchParams,
    secrets: RequestSecrets,
  ): Promise<AuthenticationResult> {
    return this.#logged(provider, async () => {
      const upstream = await this.#discovery.of(provider)
      const { redirectUri } = this.clientUris(provider)
      const parts = { fetch: this.#fetch, clock: this.#app.clock }
      return exchangeCode({ provider, upstream, redirectUri, parameters, secrets }, parts)
    })
  }

  /** The provider's logout page (OpenID Connect RP-Initiated Logout 1.0); null if it has none. @throws UpstreamFailure */
  endSessionUrl(
    provider: IdentityProvider,
    { idToken, state }: { idToken: string | null; state: string },
  ): Promise<URL | null> {
    return this.#logged(provider, async () => {
      const { configuration } = await this.#discovery.of(provider)
      if (!configuration.serverMetadata().end_session_endpoint) return null
      return buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: this.clientUris(provider).signedOutUri,
        state,
        ...(idToken && { id_token_hint: idToken }),
      })
    })
  }

  /**
   * Calls `logOut` for the subject of a logout token. Each token works once, unless `logOut` fails: then the provider may
   * send it again.
   * @throws UpstreamFailure, and any error of `logOut`
   */
  async handleLogoutToken<T>(
    provider: IdentityProvider,
    token: string,
    logOut: (subject: LogoutSubject) => Promise<T>,
  ): Promise<T> {
    const { jti, ...subject } = await this.#logged(provider, async () => {
      const { configuration, keys } = await this.#discovery.of(provider)
      if (!keys) throw new UpstreamFailure('broken', 'it publishes no keys')
      const { issuer } = configuration.serverMetadata()
      return readLogoutToken(token, { keys, issuer, audience: provider.clientId, clock: this.#app.clock })
    })
    const id = `${provider.id} ${jti}`
    const fresh = await this.#app.replayMarks.use(REPLAYED, id, 2 * LOGOUT_TOKEN_TTL)
    if (!fresh) throw this.#failed(provider, new UpstreamFailure('broken', 'a logout token was sent twice'))
    try {
      return await logOut(subject)
    } catch (error) {
      await this.#app.replayMarks.release(REPLAYED, id)
      throw error
    }
  }

  async #logged<T>(provider: IdentityProvider, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#failed(provider, failureOf(error))
    }
  }

  #failed({ name }: IdentityProvider, failure: UpstreamFailure): UpstreamFailure {
    this.#app.log.warn({ provider: name, problem: failure.problem }, `upstream: ${failure.message}`)
    return failure
  }
}
