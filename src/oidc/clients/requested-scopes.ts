import { decodeJwt } from 'jose'
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import type { Resources } from '../../clients/resources.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { errors } from '../provider/library.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

/**
 * Decides which scopes an authorization request is about. Scopes that are unknown, or that the client may not request,
 * are left out; `scope` in the token response says what was granted (RFC 6749 section 3.3). A request that names a
 * resource, but none of its scopes, is for all that the client may have there; not that of a first-party client, of
 * whose access no person is asked.
 * @throws InvalidScope if none is left, before a person is asked. `offline_access` alone is not enough: it asks for longer access, but names none
 */
export async function settleScopes(ctx: KoaContextWithOIDC, client: Client, resources: Resources): Promise<void> {
  const { params, resourceServers = {} } = ctx.oidc
  const apis = new Set(Object.values(resourceServers).flatMap(({ scopes }) => [...scopes]))
  const allowed = new Set(client.people_scopes)
  const requested = [...ctx.oidc.requestParamScopes].filter(scope => scope !== 'offline_access')
  const named = await resources.scopesOf(Object.keys(resourceServers))
  const implied = client.first_party || requested.some(scope => named.has(scope)) ? [] : apis
  const kept = [...requested.filter(scope => allowed.has(scope) || apis.has(scope)), ...implied]
  if (kept.length === 0) throw noScope(client, requested)
  params!.scope = [...kept, ...(mayStay(ctx, client) ? ['offline_access'] : [])].join(' ')
}

/**
 * Whether `offline_access` was requested and may be granted. The library drops it from requests without
 * `prompt=consent`; here the consent that the person gives, or has given, is enough (OIDC Core section 11).
 * OAuth has no such scope. A request for an API alone, without `openid`, asks for a refresh token by the client's grant
 * types (RFC 7591 section 2), and the person is asked in the same way.
 */
function mayStay(ctx: KoaContextWithOIDC, client: Client): boolean {
  const sent = sentScopes(ctx)
  return (
    (sent.includes('offline_access') || !(sent.includes('openid') || isEmpty(ctx.oidc.resourceServers))) &&
    client.people_scopes?.includes('offline_access') === true &&
    client.grantTypeAllowed('refresh_token') &&
    String(ctx.oidc.params?.response_type).split(' ').includes('code')
  )
}

function isEmpty(object: object = {}): boolean {
  return Object.keys(object).length === 0
}

/** The scopes as they were sent, or pushed before. */
function sentScopes({ oidc, query }: KoaContextWithOIDC): string[] {
  const pushed = oidc.entities.PushedAuthorizationRequest
  const { scope } = pushed ? decodeJwt<{ scope?: string }>(pushed.request) : { ...query, ...oidc.body }
  return typeof scope === 'string' ? scope.split(' ') : []
}

/** Names a requested scope that the client may not request, so that the developer's help can offer to add it. */
function noScope({ people_scopes: known = [] }: Client, requested: string[]) {
  const refused = requested.find(scope => PEOPLE_SCOPES.includes(scope) && !known.includes(scope))
  return new errors.InvalidScope(
    `the request has no scope that this client may request; request at least one of: ${known.join(' ')}`,
    refused ?? '',
  )
}

/**
 * Removes scopes that were never granted from a refresh request, which may repeat those of the authorization request
 * (RFC 6749 section 6). `scope` in the response says what is left.
 * A request without any granted scope is left as it is, and refused.
 */
export async function keepGrantedScopes({ oidc }: KoaContextWithOIDC, unit: UnitOfWork): Promise<void> {
  const { params } = oidc
  if (typeof params?.scope !== 'string' || typeof params.refresh_token !== 'string') return
  const token = await unit.getWithGrant('RefreshToken', params.refresh_token)
  const granted = new Set(String(token?.scope ?? '').split(' '))
  const kept = params.scope.split(' ').filter(scope => granted.has(scope))
  if (kept.length > 0) params.scope = kept.join(' ')
}
