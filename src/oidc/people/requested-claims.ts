import type { ClaimsParameter, Client, KoaContextWithOIDC } from 'oidc-provider'
import { claimAllowed } from '../clients/client-metadata.ts'
import { mappingsOf } from './mapped-claims.ts'

type Requested = NonNullable<ClaimsParameter['id_token']>

/**
 * Decides which claims an authorization request asks for by name (OIDC Core section 5.5). A claim that the client has
 * under a name of its own stands for the claim that it is from, so that the person is asked about that one. Claims of a
 * scope that the client may not request are left out, as that scope is. A sign-in that continues is settled again: the
 * registration may have changed meanwhile, and the library has read the parameter before.
 */
export function settleClaims({ oidc }: KoaContextWithOIDC): void {
  const { params, client } = oidc
  for (const place of ['id_token', 'userinfo'] as const) {
    const read = oidc.claims[place]
    if (read) oidc.claims[place] = settled(client!, place, read)
  }
  if (typeof params?.claims !== 'string') return
  const { id_token: idToken, userinfo, ...others } = JSON.parse(params.claims) as ClaimsParameter
  params.claims = JSON.stringify({
    ...others,
    ...(idToken && { id_token: settled(client!, 'id_token', idToken) }),
    ...(userinfo && { userinfo: settled(client!, 'userinfo', userinfo) }),
  })
}

function settled(client: Client, place: 'id_token' | 'userinfo', requested: Requested): Requested {
  const sources = mappingsOf(client, place)
    .filter(({ path: [name = ''], from }) => from !== null && Object.hasOwn(requested, name))
    .map(({ from }) => [from, null] as const)
  const all: Requested = { ...Object.fromEntries(sources), ...requested }
  return Object.fromEntries(Object.entries(all).filter(([name]) => claimAllowed(client, name)))
}
