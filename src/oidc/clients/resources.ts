import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { OwnApi } from '../../clients/own-api.ts'
import type { Resource } from '../../clients/resource.ts'
import type { Resources } from '../../clients/resources.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { errors } from '../provider/library.ts'

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

/** Resources of one request; a token is for one of them. */
const MOST = 10

/** The routes at which a client names resources in its own spelling, before `useRegisteredNames`. */
const REQUESTS = new Set(['authorization', 'pushed_authorization_request'])

/**
 * Resource indicators (RFC 8707). A client may ask for a resource if it is registered for one of the resource's scopes.
 * It gets an access token for that resource alone: a JWT (RFC 9068), or an opaque one if the resource wants it.
 */
export function resourceIndicators(resources: Resources): ResourceIndicators {
  return {
    enabled: true,
    getResourceServerInfo: async (ctx, indicator, client) => {
      requireFew(ctx.oidc.params?.resource)
      // What is stored with a sign-in or a token is the registered name, which no other API can take over.
      const sent = REQUESTS.has(ctx.oidc.route)
      const resource = await (sent ? resources.findMeant(indicator) : resources.findCached(indicator))
      const scopes = resource ? reachable(resource, client) : []
      if (!resource || scopes.length === 0) {
        throw new errors.InvalidTarget('resource indicator is missing, or unknown')
      }
      return {
        scope: scopes.join(' '),
        audience: resource.id,
        accessTokenFormat: resource.tokenFormat,
        ...(resource.accessTokenTtl ? { accessTokenTTL: resource.accessTokenTtl } : {}),
        jwt: { sign: { alg: resource.tokenAlg } },
      }
    },
    // With client credentials, the resource may be omitted if all scopes belong to one resource.
    defaultResource: async (ctx, client, oneOf) => {
      if (oneOf?.length) return oneOf
      if (ctx.oidc.params?.grant_type !== 'client_credentials') return undefined
      const { scope } = ctx.oidc.params
      const requested = typeof scope === 'string' && scope ? scope.split(' ') : scopesAtApis(client)
      const having = await resources.having(requested)
      const candidates = having.filter(resource => reachable(resource, client).length > 0).map(({ id }) => id)
      if (candidates.length > 1)
        throw new errors.InvalidTarget('the scopes belong to several resources; name one with the resource parameter')
      return candidates
    },
    // A code or refresh token that was granted one resource is redeemed for that resource without naming it again.
    // To get a token for userinfo, a client refreshes with scopes about the person alone (RFC 6749 section 6).
    useGrantedResource: async ctx => !onlyPeopleScopes(ctx.oidc.params?.scope),
  }
}

/** The scopes of an API that a client may have; none of an API that is closed to programs which registered themselves. */
function reachable(resource: Resource, client: Client): string[] {
  if (client.open_apis_only && !resource.allowSelfRegistered) return []
  const registered = new Set(resource instanceof OwnApi ? client.permissions : client.resource_scopes)
  return resource.scopes.map(({ name }) => name).filter(name => registered.has(name))
}

/** The scopes that a client may have at one API or another. */
function scopesAtApis({ resource_scopes: scopes = [], permissions = [] }: Client): string[] {
  return [...scopes, ...permissions]
}

/** @throws InvalidTarget */
function requireFew(resource: unknown): void {
  if (Array.isArray(resource) && resource.length > MOST)
    throw new errors.InvalidTarget(`a request can name at most ${MOST} resources`)
}

/**
 * Replaces the resources that a request names by their registered identifiers, so that grants, consents and tokens know
 * each by one name, and the audience is what the API expects.
 */
export async function useRegisteredNames({ oidc }: KoaContextWithOIDC, resources: Resources): Promise<void> {
  const { params, provider, resourceServers = {} } = oidc
  if (!params?.resource) return
  requireFew(params.resource)
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
  const requested = new Set(String(scope ?? '').split(' '))
  const named = await Promise.all([resource ?? []].flat().map(id => resources.findCached(String(id))))
  const scopes = named
    .filter(found => found !== null)
    .map(found => [found.id, reachable(found, client).filter(name => requested.has(name))] as const)
  return Object.fromEntries(scopes.filter(([, names]) => names.length > 0))
}

/**
 * A client credentials request without scopes is for all that the client is registered for, at the resource that it names
 * or the only one that it has (RFC 6749 section 3.3). `scope` in the response says which.
 */
export async function settleOwnScopes({ oidc }: KoaContextWithOIDC, resources: Resources): Promise<void> {
  const { params, client } = oidc
  if (!params || params.scope) return
  const named =
    typeof params.resource === 'string'
      ? [await resources.findCached(params.resource)]
      : await resources.having(scopesAtApis(client!))
  const scopes = named
    .flatMap(resource => (resource ? [reachable(resource, client!)] : []))
    .filter(each => each.length > 0)
  if (scopes.length === 1) params.scope = scopes[0]!.join(' ')
}

/**
 * Refuses a client credentials request for resource scopes that the client is not registered for:
 * the library lets unknown scopes through.
 * @throws InvalidScope
 */
export function checkOwnScopes({ oidc }: KoaContextWithOIDC): void {
  const allowed = new Set(scopesAtApis(oidc.client!))
  const denied = [...oidc.requestParamScopes].find(scope => !allowed.has(scope))
  if (denied) throw new errors.InvalidScope('requested scope is not allowed', denied)
}

function onlyPeopleScopes(scope: unknown): boolean {
  return typeof scope === 'string' && scope.split(' ').every(name => PEOPLE_SCOPES.includes(name))
}
