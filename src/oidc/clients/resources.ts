import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Resources } from '../../clients/resources.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { errors } from '../provider/library.ts'

type TokenFormat = NonNullable<NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']>
type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

/**
 * Resource indicators (RFC 8707). A client may ask for a resource if it is registered for one of the resource's scopes.
 * It gets a JWT access token (RFC 9068) for that resource alone.
 */
export function resourceIndicators(resources: Resources): ResourceIndicators {
  return {
    enabled: true,
    getResourceServerInfo: async (_ctx, indicator, client) => {
      const resource = await resources.findMeant(indicator)
      const allowed = new Set(client.resource_scopes)
      const scopes = resource?.scopes.map(scope => scope.name).filter(name => allowed.has(name)) ?? []
      if (!resource || scopes.length === 0) {
        throw new errors.InvalidTarget('resource indicator is missing, or unknown')
      }
      return {
        scope: scopes.join(' '),
        audience: resource.id,
        accessTokenFormat: 'jwt',
        ...(resource.accessTokenTtl ? { accessTokenTTL: resource.accessTokenTtl } : {}),
        jwt: { sign: { alg: resource.tokenAlg } },
      }
    },
    // With client credentials, the resource may be omitted if all scopes belong to one resource.
    defaultResource: async (ctx, client, oneOf) => {
      if (oneOf?.length) return oneOf
      if (ctx.oidc.params?.grant_type !== 'client_credentials') return undefined
      const { scope } = ctx.oidc.params
      const requested = typeof scope === 'string' && scope ? scope.split(' ') : client.resource_scopes
      const candidates = await resources.having(requested ?? [])
      if (candidates.length > 1)
        throw new errors.InvalidTarget('the scopes belong to several resources; name one with the resource parameter')
      return candidates
    },
    // A code or refresh token that was granted one resource is redeemed for that resource without naming it again.
    // To get a token for userinfo, a client refreshes with scopes about the person alone (RFC 6749 section 6).
    useGrantedResource: async ctx => !onlyPeopleScopes(ctx.oidc.params?.scope),
  }
}

/**
 * Replaces the resources that a request names by their registered identifiers, so that grants, consents and tokens know
 * each by one name, and the audience is what the API expects.
 */
export async function useRegisteredNames({ oidc }: KoaContextWithOIDC, resources: Resources): Promise<void> {
  const { params, provider, resourceServers = {} } = oidc
  if (!params?.resource) return
  const names = new Set<string>()
  for (const sent of [params.resource].flat().map(String)) {
    const name = (await resources.findMeant(sent))?.id ?? sent
    names.add(name)
    const server = resourceServers[sent]
    if (!server || name === sent) continue
    delete resourceServers[sent]
    resourceServers[name] = new provider.ResourceServer(name, server)
  }
  const [first, ...others] = names
  params.resource = others.length === 0 ? first : [...names]
}

/** The scopes that a request asks for at each resource it names, limited to those that the client may have. */
export async function requestedResources(
  { scope, resource }: { scope?: unknown; resource?: unknown },
  client: Client,
  resources: Resources,
): Promise<Record<string, string[]>> {
  const requested = new Set(String(scope ?? '').split(' ')).intersection(new Set(client.resource_scopes))
  const named = await Promise.all([resource ?? []].flat().map(id => resources.findCached(String(id))))
  const scopes = named
    .filter(found => found !== null)
    .map(found => [found.id, found.scopes.map(({ name }) => name).filter(name => requested.has(name))] as const)
  return Object.fromEntries(scopes.filter(([, names]) => names.length > 0))
}

/** Gives access tokens the `typ` that their API expects. The library calls it before it signs one. */
export function tokenType(resources: Resources): TokenFormat {
  return async (_ctx, { resourceServer }, token) => {
    const resource = await resources.findCached(resourceServer!.identifier())
    if (resource?.tokenType === 'JWT') token.header = { ...token.header, typ: 'JWT' }
  }
}

/**
 * A client credentials request without scopes is for all that the client is registered for, at the resource that it names
 * or the only one that it has (RFC 6749 section 3.3). `scope` in the response says which.
 */
export async function settleOwnScopes({ oidc }: KoaContextWithOIDC, resources: Resources): Promise<void> {
  const { params, client } = oidc
  if (!params || params.scope) return
  const own = new Set(client!.resource_scopes)
  const named = typeof params.resource === 'string' ? [params.resource] : await resources.having([...own])
  const [resource] = named.length === 1 ? [await resources.findCached(named[0]!)] : []
  const scopes = resource?.scopes.map(({ name }) => name).filter(name => own.has(name)) ?? []
  if (scopes.length > 0) params.scope = scopes.join(' ')
}

/**
 * Refuses a client credentials request for resource scopes that the client is not registered for:
 * the library lets unknown scopes through.
 * @throws InvalidScope
 */
export function checkOwnScopes({ oidc }: KoaContextWithOIDC): void {
  const allowed = new Set(oidc.client!.resource_scopes)
  const denied = [...oidc.requestParamScopes].find(scope => !allowed.has(scope))
  if (denied) throw new errors.InvalidScope('requested scope is not allowed', denied)
}

function onlyPeopleScopes(scope: unknown): boolean {
  return typeof scope === 'string' && scope.split(' ').every(name => PEOPLE_SCOPES.includes(name))
}
