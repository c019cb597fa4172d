import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { scopesAllowed } from '../clients/client-metadata.ts'
import { settleClaims } from '../people/requested-claims.ts'
import { errors } from '../provider/library.ts'

/**
 * Checks a request that goes on after a sign-in against the registration that its client has now. The library checks it
 * once, before the sign-in, which can take an hour. Claims that the client may no longer request by name are left out.
 * @throws InvalidRedirectUri, which is not sent to that address; InvalidRequest; InvalidScope
 */
export function requireStillRegistered(ctx: KoaContextWithOIDC, client: Client): void {
  const { oidc } = ctx
  const { redirect_uri: redirectUri, response_type: responseType } = oidc.params ?? {}
  if (!client.redirectUriAllowed(String(redirectUri))) {
    // Else the library would send the error there.
    Object.assign(oidc, { redirectUriCheckPerformed: false })
    throw new errors.InvalidRedirectUri()
  }
  if (!client.responseTypeAllowed(responseType as 'code'))
    throw new errors.InvalidRequest('requested response_type is not allowed for this client')
  const scopes = [...oidc.requestParamScopes]
  const lost = scopes.find(scope => PEOPLE_SCOPES.includes(scope) && !scopesAllowed(client, [scope]))
  if (lost) throw new errors.InvalidScope('requested scope is not allowed', lost)
  settleClaims(ctx)
}
