import type { ClientMetadata, Client as Model } from 'oidc-provider'
import type { Client } from '../../clients/client.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'

/** The client properties beyond the standard metadata, as the library spells them. */
export const EXTRA_METADATA = [
  'resource_scopes',
  'first_party',
  'pkce_required',
  'access_token_ttl',
  'refresh_token_ttl',
  'refresh_token_max_ttl',
  'verified_email_required',
  'second_factor_required',
] as const

declare module 'oidc-provider' {
  /** The library turns snake case into camel case for standard metadata only. */
  interface Client {
    readonly resource_scopes?: string[]
    readonly first_party?: boolean
    readonly pkce_required?: boolean
    readonly access_token_ttl?: number
    readonly refresh_token_ttl?: number
    readonly refresh_token_max_ttl?: number
    readonly verified_email_required?: boolean
    readonly second_factor_required?: boolean
  }
}

/** Whether the client's current registration allows these scopes. */
export function scopesAllowed(client: Model, scopes: Iterable<string>): boolean {
  const allowed = new Set([...(client.scope?.split(' ') ?? []), ...(client.resource_scopes ?? [])])
  return [...scopes].every(scope => allowed.has(scope))
}

const made = new WeakMap<Client, ClientMetadata>()

/** The client as metadata of dynamic registration (RFC 7591 section 2). Made once for each version of a row. */
export function clientMetadata(client: Client): ClientMetadata {
  const metadata = made.get(client) ?? translate(client)
  made.set(client, metadata)
  return metadata
}

function translate(client: Client): ClientMetadata {
  const people = client.scopes.filter(scope => PEOPLE_SCOPES.includes(scope))
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.profile === 'native' ? 'native' : 'web',
    // The digest takes the place of the secret: `compareClientSecret` is our own (provider/provider.ts).
    ...(client.secretDigest ? { client_secret: client.secretDigest } : {}),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
    token_endpoint_auth_method: client.tokenEndpointAuthMethod as 'none',
    id_token_signed_response_alg: client.idTokenAlg as 'ES256',
    scope: [...new Set(['openid', ...people])].join(' '),
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    ...given({
      backchannel_logout_uri: client.backchannelLogoutUri,
      jwks: client.jwks,
      jwks_uri: client.jwksUri,
      client_uri: client.uri,
      logo_uri: client.logoUri,
      policy_uri: client.policyUri,
      tos_uri: client.tosUri,
      access_token_ttl: client.accessTokenTtl,
      refresh_token_ttl: client.refreshTokenTtl,
      refresh_token_max_ttl: client.refreshTokenMaxTtl,
    }),
    resource_scopes: client.scopes.filter(scope => !PEOPLE_SCOPES.includes(scope)),
    first_party: client.firstParty,
    verified_email_required: client.verifiedEmailRequired,
    second_factor_required: client.secondFactorRequired,
    pkce_required: client.pkceRequired,
  } as ClientMetadata
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null))
}
