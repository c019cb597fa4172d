import type { ClientMetadata, Provider as Library, Client as Model } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import { claimsFor } from '../../clients/claims/claim-rules.ts'
import { scopeOf } from '../../clients/claims/claims-of-scopes.ts'
import type { ClientClaim } from '../../clients/claims/client-claim.ts'
import type { Client, PkcePolicy } from '../../clients/client.ts'
import type { ClientSecret } from '../../clients/client-secrets/client-secret.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { tokenKeyOf } from '../../clients/token-key.ts'

/** The client properties beyond the standard metadata, as the library spells them. */
export const EXTRA_METADATA = [
  'secrets',
  'token_key',
  'resource_scopes',
  'permissions',
  'first_party',
  'people_scopes',
  'pkce',
  'mapped_claims',
  'access_token_format',
  'access_token_ttl',
  'revoke_on_refresh',
  'introspects',
  'refresh_token_ttl',
  'refresh_token_max_ttl',
  'verified_email_required',
  'second_factor_required',
  'allowed_roles',
  'denied_roles',
  'self_registered_at',
  'open_apis_only',
] as const

declare module 'oidc-provider' {
  namespace Client {
    /** Checks a client's metadata; `code` names the rule that it breaks. */
    class Schema {
      invalidate(message: string, code?: string): void
    }
  }

  /** The library turns snake case into camel case for standard metadata only. */
  interface Client {
    /** Those that are stored; they may have expired. */
    readonly secrets?: ClientSecret[]
    /** The key under which its access tokens can be revoked, in hexadecimal. */
    readonly token_key?: string
    readonly resource_scopes?: string[]
    /** Its scopes at Gatehouse's own API. */
    readonly permissions?: string[]
    readonly first_party?: boolean
    /** The scopes about a person that it may request. The library's own `scope` refuses a request for others. */
    readonly people_scopes?: string[]
    readonly pkce?: PkcePolicy
    /** The claims that differ from the standard ones; absent if none does (people/mapped-claims.ts). */
    readonly mapped_claims?: ClientClaim[]
    readonly access_token_format?: TokenFormat
    readonly access_token_ttl?: number
    /** Absent for the setting of the installation. */
    readonly revoke_on_refresh?: boolean
    /** The APIs whose access tokens it may introspect. */
    readonly introspects?: string[]
    readonly refresh_token_ttl?: number
    readonly refresh_token_max_ttl?: number
    readonly verified_email_required?: boolean
    readonly second_factor_required?: boolean
    readonly allowed_roles?: string[]
    readonly denied_roles?: string[]
    /** When it registered itself, in epoch seconds; absent if an operator registered it. */
    readonly self_registered_at?: number
    /** Whether it reaches only the APIs that are open to programs which registered themselves. */
    readonly open_apis_only?: boolean
  }
}

/** Whether the client's current registration allows these scopes. */
export function scopesAllowed(client: Model, scopes: Iterable<string>): boolean {
  const { people_scopes: people = [], resource_scopes: apis = [], permissions = [] } = client
  const allowed = new Set([...people, ...apis, ...permissions])
  return [...scopes].every(scope => allowed.has(scope))
}

/** Whether it allows this claim, by the scope that the claim belongs to. */
export function claimAllowed({ people_scopes: allowed = [] }: Model, claim: string): boolean {
  const scope = scopeOf(claim)
  return scope === null || allowed.includes(scope)
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
  const claims = claimsFor(client)
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.profile === 'native' ? 'native' : 'web',
    // The library demands a secret. What counts are the digests: `compareClientSecret` is our own (provider/provider.ts).
    ...(client.secrets.length > 0 ? { client_secret: client.secrets.at(-1)!.digest, secrets: client.secrets } : {}),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod as 'none',
    id_token_signed_response_alg: client.idTokenAlg,
    people_scopes: [...new Set(['openid', ...people])],
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    ...given({
      token_key: tokenKeyOf(client),
      backchannel_logout_uri: client.backchannelLogoutUri,
      jwks: client.jwks,
      jwks_uri: client.jwksUri,
      client_uri: client.uri,
      logo_uri: client.logoUri,
      policy_uri: client.policyUri,
      tos_uri: client.tosUri,
      access_token_ttl: client.accessTokenTtl,
      revoke_on_refresh: client.revokeOnRefresh,
      refresh_token_ttl: client.refreshTokenTtl,
      refresh_token_max_ttl: client.refreshTokenMaxTtl,
      self_registered_at: client.selfRegistered ? epoch(client.createdAt) : null,
    }),
    resource_scopes: client.scopes.filter(scope => !PEOPLE_SCOPES.includes(scope)),
    permissions: client.permissions,
    access_token_format: client.accessTokenFormat,
    introspects: client.introspects,
    open_apis_only: client.selfRegistered && client.registrationPolicy?.namedScopes !== true,
    first_party: client.firstParty,
    verified_email_required: client.verifiedEmailRequired,
    second_factor_required: client.secondFactorRequired,
    allowed_roles: client.allowedRoles,
    denied_roles: client.deniedRoles,
    pkce: client.pkce,
    ...(claims.length > 0 ? { mapped_claims: claims } : {}),
  } as ClientMetadata
}

/**
 * Lets developers use every flow on localhost: our own registration demands https elsewhere (clients/uris.ts), but the
 * library refuses http and localhost for clients whose tokens are returned through the browser.
 */
export function allowLocalhost({ Client: { Schema } }: Library): void {
  const { invalidate } = Schema.prototype
  Schema.prototype.invalidate = function (message, code) {
    if (code !== 'implicit-force-https' && code !== 'implicit-forbid-localhost') invalidate.call(this, message, code)
  }
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null))
}
