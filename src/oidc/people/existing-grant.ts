import type { Configuration, Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import { type Access, covers } from '../../grants/consent.ts'
import { requireStillRegistered } from '../interactions/still-registered.ts'
import { needsConsent } from './claims.ts'
import type { People } from './people.ts'
import { askWithinRoles } from './role-scopes.ts'

type LoadExistingGrant = NonNullable<Configuration['loadExistingGrant']>

/**
 * Finds the grant for a request: the session's, if it covers the request. Otherwise it is extended, or a new one is
 * made, if no consent is needed: the application is first-party, or the person has allowed everything, now or before.
 */
export function existingGrant({ app, people }: { app: App; people: People }): LoadExistingGrant {
  const { consents, scope } = app
  return async ctx => {
    const { provider, account, client, session } = ctx.oidc
    requireStillRegistered(ctx, client!)
    await askWithinRoles(ctx, { app, people })
    const clientId = client!.clientId
    const accountId = account!.accountId
    const grantId = session!.grantIdFor(clientId)
    const found = grantId ? await provider.Grant.find(grantId) : undefined
    const grant = found?.accountId === accountId ? found : undefined
    const requested = requestedAccess(ctx)
    if (grant && covers(accessOf(grant, requested), requested)) return grant

    if (client!.first_party !== true) {
      const consent = await scope(() => consents.find(accountId, clientId))
      if (!consent || !covers(consent, requested)) return grant
    }
    const extended = grant ?? new provider.Grant({ accountId, clientId })
    extend(extended, requested)
    await extended.save()
    return extended
  }
}

/** The parts of the request that need consent. */
function requestedAccess({ oidc }: KoaContextWithOIDC): Access {
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

/** What the grant holds, at the resources of the request. */
function accessOf(grant: Grant, { resources }: Access): Access {
  return {
    scopes: grant.getOIDCScope().split(' '),
    claims: grant.getOIDCClaims(),
    resources: Object.fromEntries(Object.keys(resources).map(id => [id, grant.getResourceScope(id).split(' ')])),
  }
}

/** Adds access to a grant. */
export function extend(grant: Grant, { scopes, claims, resources }: Access): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '))
  if (claims.length > 0) grant.addOIDCClaims(claims)
  for (const [id, wanted] of Object.entries(resources))
    if (wanted.length > 0) grant.addResourceScope(id, wanted.join(' '))
}
