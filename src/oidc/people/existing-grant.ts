import type { Configuration, Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { RequestedAccess } from '../../grants/consent.ts'
import type { Consents } from '../../grants/consents.ts'
import type { ExtraMetadata } from '../clients/client-metadata.ts'
import { needsConsent } from './claims.ts'

type LoadExistingGrant = NonNullable<Configuration['loadExistingGrant']>

/**
 * Finds the grant for a request: the session's, if it covers the request. Otherwise it is extended, or a new one is
 * made, if no consent is needed: the application is first-party, or the person has allowed everything, now or before.
 */
export function existingGrant({
  consents,
  scope,
}: {
  consents: Consents
  scope: <T>(work: () => Promise<T>) => Promise<T>
}): LoadExistingGrant {
  return async ctx => {
    const { oidc } = ctx
    const clientId = oidc.client!.clientId
    const accountId = oidc.account!.accountId
    const grantId = oidc.session!.grantIdFor(clientId)
    const grant = grantId ? await oidc.provider.Grant.find(grantId) : undefined
    if (grant?.accountId === accountId && !missing(ctx, grant)) return grant

    const asked = askedOf(ctx)
    const ours = (oidc.client as Partial<ExtraMetadata>).first_party === true
    const agreed = ours || (await scope(async () => (await consents.find(accountId, clientId))?.covers(asked)))
    if (!agreed) return grant?.accountId === accountId ? grant : undefined
    const made = grant?.accountId === accountId ? grant : new oidc.provider.Grant({ accountId, clientId })
    extend(made, asked)
    await made.save()
    return made
  }
}

/** The parts of the request that need consent. */
function askedOf({ oidc }: KoaContextWithOIDC): RequestedAccess {
  const resources = Object.entries(oidc.resourceServers ?? {}).map(([id, server]) => [
    id,
    [...oidc.requestParamScopes].filter(scope => server.scopes.has(scope)),
  ])
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims].filter(needsConsent),
    resources: Object.fromEntries(resources),
  }
}

function extend(grant: Grant, { scopes, claims, resources }: RequestedAccess): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '))
  if (claims.length > 0) grant.addOIDCClaims(claims)
  for (const [id, wanted] of Object.entries(resources))
    if (wanted.length > 0) grant.addResourceScope(id, wanted.join(' '))
}

function missing(ctx: KoaContextWithOIDC, grant: Grant): boolean {
  const { scopes, claims, resources } = askedOf(ctx)
  const held = new Set(grant.getOIDCScope().split(' '))
  const heldClaims = new Set(grant.getOIDCClaims())
  return (
    scopes.some(scope => !held.has(scope)) ||
    claims.some(claim => !heldClaims.has(claim)) ||
    Object.entries(resources).some(([id, wanted]) => {
      const heldHere = new Set(grant.getResourceScope(id).split(' '))
      return wanted.some(scope => !heldHere.has(scope))
    })
  )
}
