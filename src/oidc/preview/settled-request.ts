import { decodeJwt } from 'jose'
import type { ClaimsParameter, Client } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { type Access, lacking, NO_ACCESS } from '../../grants/consent.ts'
import { requestedResources } from '../clients/resources.ts'
import { requestedClaims } from '../people/claims.ts'
import type { Person } from '../people/people.ts'
import { withinRoles } from '../people/role-scopes.ts'

/** An authorization request as the provider settled it, and what a person grants who allows all of it. */
export interface SettledRequest {
  scope: string
  claims: ClaimsParameter
  resource: string | undefined
  access: Access
  /** The scopes of APIs that no role of the person allows. */
  withheld: Access['resources']
}

/** @param pushed the request as it is stored, as a JWT */
export async function settledRequest(
  pushed: string,
  client: Client,
  { app, person }: { app: Needs<'resources' | 'roles'>; person: Person },
): Promise<SettledRequest> {
  const { scope, claims = {}, resource } = decodeJwt<Omit<SettledRequest, 'access' | 'withheld'>>(pushed)
  const requested = await requestedResources({ scope, resource }, client, app.resources)
  const access = {
    scopes: scope.split(' ').filter(name => PEOPLE_SCOPES.includes(name)),
    claims: requestedClaims(JSON.stringify(claims)),
    resources: await withinRoles(app, requested, person),
  }
  const { resources: withheld } = lacking(access, { ...NO_ACCESS, resources: requested })
  return { scope, claims, resource, access, withheld }
}
