import { authorizationCodeGrant, type TokenEndpointResponse, type TokenEndpointResponseHelpers } from 'openid-client'
import { type Clock, epoch } from '../../base/clock.ts'
import { mergeClaims } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import type { AuthenticationResult, RequestSecrets, UpstreamTokens } from './authentication-result.ts'
import type { UpstreamConfiguration } from './discovery.ts'
import { fetchProfile, nameFromCallback } from './oauth2-profile-api.ts'
import { verifySignature } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'
import { userinfo } from './userinfo.ts'

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers

/** Characters of JSON: no provider says more of anybody. */
const MAX_CLAIMS_LENGTH = 64 * 1024

/** What a browser has brought back from a provider. */
interface Callback {
  provider: IdentityProvider
  known: UpstreamConfiguration
  /** Where it came back to, as the provider was told. */
  redirectUri: string
  parameters: URLSearchParams
  secrets: RequestSecrets
}

/** The code becomes tokens, and these say who it is (OpenID Connect Core 1.0 sections 3.1.3 and 5.3). */
export async function exchangeCode(
  callback: Callback,
  { fetch, clock }: { fetch: UpstreamFetch; clock: Clock },
): Promise<AuthenticationResult> {
  const { provider, known, parameters } = callback
  const tokens = await requestTokens(callback)
  const idToken = tokens.claims()
  if (provider.openid) await verifyIdToken(tokens, known)
  const said = idToken
    ? await userinfo({ provider, known, accessToken: tokens.access_token, idToken }, { fetch, clock })
    : await fetchProfile(fetch, provider, tokens.access_token)
  const name = nameFromCallback(parameters, presetOf(provider.kind).quirks?.nameParameter)
  const claims = { ...name, ...mergeClaims(provider, { userinfo: said, idToken: idToken ?? {} }) }
  if (JSON.stringify(claims).length > MAX_CLAIMS_LENGTH) throw new UpstreamFailure('broken', 'its claims are endless')
  return {
    claims,
    idToken: tokens.id_token ?? null,
    sid: typeof idToken?.sid === 'string' ? idToken.sid : null,
    tokens: upstreamTokens(tokens, epoch(clock.now())),
  }
}

async function requestTokens({ provider, known, redirectUri, parameters, secrets }: Callback): Promise<Tokens> {
  const { tokenRequestParameters: repeats = [] } = presetOf(provider.kind).quirks ?? {}
  const again = repeats.map(name => [name, parameters.get(name) ?? '']).filter(([, value]) => value !== '')
  const callback = new URL(redirectUri)
  callback.search = parameters.toString()
  // An issuer that nobody knows cannot be compared; that one cannot answer for another is seen to by its own address.
  if (provider.issuer == null) callback.searchParams.delete('iss')
  return authorizationCodeGrant(
    known.configuration,
    callback,
    {
      expectedState: secrets.state,
      pkceCodeVerifier: secrets.verifier,
      ...(provider.openid && { expectedNonce: secrets.nonce }),
    },
    Object.fromEntries(again),
  )
}

/** Its claims have been checked by now, its signature has not. */
async function verifyIdToken({ id_token }: Tokens, { keys }: UpstreamConfiguration): Promise<void> {
  if (!keys || !id_token) throw new UpstreamFailure('broken', 'it publishes no keys')
  await verifySignature(id_token, keys)
}

function upstreamTokens({ access_token, refresh_token, expires_in, scope }: Tokens, now: number): UpstreamTokens {
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    expiresAt: expires_in === undefined ? null : now + Math.floor(expires_in),
    scope: scope ?? null,
  }
}
