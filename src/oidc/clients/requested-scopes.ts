import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from '../provider/library.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

/**
 * Refuses an authorization request for no known scope, before a person is asked about it (RFC 6749 section 3.3).
 * Unknown scopes are ignored. `offline_access` alone is not enough: it asks for longer access, but names none.
 * @throws InvalidScope
 */
export function requireKnownScope({ oidc }: KoaContextWithOIDC, _value: unknown, client: Client): void {
  const people = [...oidc.requestParamOIDCScopes].some(scope => scope !== 'offline_access')
  const requested = [...oidc.requestParamScopes]
  const apis = Object.values(oidc.resourceServers ?? {}).some(({ scopes }) =>
    requested.some(scope => scopes.has(scope)),
  )
  if (people || apis) return
  const known = client.scope ?? 'openid'
  throw new errors.InvalidScope(`the request has no known scope; request at least one of: ${known}`, '')
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
