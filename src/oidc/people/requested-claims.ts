import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { scopeOf } from '../../clients/claims/claims-of-scopes.ts'
import { mappingsOf } from './mapped-claims.ts'

/**
 * Decides which claims an authorization request asks for by name (OIDC Core section 5.5). A claim that the client has
 * under a name of its own stands for the claim that it is from, so that the person is asked about that one. Claims of a
 * scope that the client may not request are left out, as that scope is.
 */
export function settleClaims({ oidc }: KoaContextWithOIDC): void {
  const { params, client } = oidc
  if (typeof params?.claims !== 'string') return
  const { id_token: idToken, userinfo, ...others } = JSON.parse(params.claims) as Record<string, object | undefined>
  params.claims = JSON.stringify({
    ...others,
    ...(idToken && { id_token: settled(client!, 'id_token', idToken) }),
    ...(userinfo && { userinfo: settled(client!, 'userinfo', userinfo) }),
  })
}

function settled(client: Client, place: 'id_token' | 'userinfo', requested: object): object {
  const sources = mappingsOf(client, place)
    .filter(({ path: [name = ''], from }) => from !== null && Object.hasOwn(requested, name))
    .map(({ from }) => [from, null] as const)
  const all = { ...Object.fromEntries(sources), ...requested }
  return Object.fromEntries(Object.entries(all).filter(([name]) => mayRequest(client, name)))
}

function mayRequest({ people_scopes: allowed = [] }: Client, claim: string): boolean {
  const scope = scopeOf(claim)
  return scope === null || allowed.includes(scope)
}
