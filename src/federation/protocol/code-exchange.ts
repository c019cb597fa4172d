import { authorizationCodeGrant } from 'openid-client'
import { type Clock, epoch } from '../../base/clock.ts'
import { mergeClaims } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import type { AuthenticationResult, RequestSecrets } from './authentication-result.ts'
import type { UpstreamConfiguration } from './discovery.ts'
import { fetchProfile, nameFromCallback } from './oauth2-profile-api.ts'
import { verifySignature } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'
import { userinfo } from './userinfo.ts'

/** The maximum length of all claims, in characters of JSON. */
const MAX_CLAIMS_LENGTH = 64 * 1024

/** The response of a provider to an authorization request. */
interface Callback {
  provider: IdentityProvider
  upstream: UpstreamConfiguration
  redirectUri: string
  parameters: URLSearchParams
  secrets: RequestSecrets
}

/** Exchanges the code for tokens, and those for the claims about the person (OpenID Connect Core 1.0 sections 3.1.3, 5.3). */
export async function exchangeCode(
  callback: Callback,
  { fetch, clock }: { fetch: UpstreamFetch; clock: Clock },
): Promise<AuthenticationResult> {
  const { provider, upstream, parameters } = callback
  const tokens = await requestTokens(callback)
  const idToken = tokens.claims()
  if (provider.openid) {
    // The library has checked its claims, but not its signature.
    if (!upstream.keys || !tokens.id_token) throw new UpstreamFailure('broken', 'it publishes no keys')
    await verifySignature(tokens.id_token, upstream.keys)
  }
  const { access_token: accessToken, refresh_token, expires_in, scope } = tokens
  const profile = idToken
    ? await userinfo({ provider, upstream, accessToken, idToken }, { fetch, clock })
    : await fetchProfile(fetch, provider, accessToken)
  const name = nameFromCallback(parameters, presetOf(provider.kind).quirks.nameParameter)
  const claims = { ...name, ...mergeClaims(provider, { userinfo: profile, idToken: idToken ?? {} }) }
  if (JSON.stringify(claims).length > MAX_CLAIMS_LENGTH) throw new UpstreamFailure('broken', 'its claims are too long')
  return {
    claims,
    idToken: tokens.id_token ?? null,
    sid: typeof idToken?.sid === 'string' ? idToken.sid : null,
    tokens: {
      accessToken,
      refreshToken: refresh_token ?? null,
      expiresAt: expires_in === undefined ? null : epoch(clock.now()) + Math.floor(expires_in),
      scope: scope ?? null,
    },
  }
}

function requestTokens({ provider, upstream, redirectUri, parameters, secrets }: Callback) {
  const { tokenRequestParameters = [] } = presetOf(provider.kind).quirks
  const repeated = tokenRequestParameters.map(name => [name, parameters.get(name) ?? '']).filter(([, value]) => value)
  const url = new URL(redirectUri)
  url.search = parameters.toString()
  // An unknown issuer can't be compared. The redirect URI of each provider prevents mix-up instead.
  if (provider.issuer == null) url.searchParams.delete('iss')
  return authorizationCodeGrant(
    upstream.configuration,
    url,
    {
      expectedState: secrets.state,
      pkceCodeVerifier: secrets.verifier,
      ...(provider.openid && { expectedNonce: secrets.nonce }),
    },
    Object.fromEntries(repeated),
  )
}
