import type { KoaContextWithOIDC, Provider as Library } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { OwnApi } from '../../clients/own-api.ts'
import type { People, Person } from './people.ts'

export interface Parts {
  app: Needs<'resources' | 'roles'>
  people: People
}

/**
 * Those of the scopes of an API that the person may have: all of them, unless the API's scopes depend on roles. None of an
 * API that is no longer registered.
 */
async function scopesFor(
  { resources, roles }: Parts['app'],
  resource: string,
  { scopes, person }: { scopes: Iterable<string>; person: Person | null },
): Promise<string[]> {
  const api = await resources.findCached(resource)
  if (!api?.scopesByRole) return api ? [...scopes] : []
  const held = person?.roles ?? []
  const allowed: Set<string> = await (api instanceof OwnApi
    ? roles.permissionsOf(held)
    : roles.scopesAt(resource, held))
  return [...scopes].filter(scope => allowed.has(scope))
}

/** The same for the scopes of several APIs; without those of which nothing is left. */
export async function withinRoles(
  app: Parts['app'],
  requested: Record<string, string[]>,
  person: Person | null,
): Promise<Record<string, string[]>> {
  const left = Object.entries(requested).map(
    async ([id, scopes]) => [id, await scopesFor(app, id, { scopes, person })] as const,
  )
  return Object.fromEntries((await Promise.all(left)).filter(([, scopes]) => scopes.length > 0))
}

/**
 * Limits the access tokens of people, whichever grant issues them, to what their roles allow at that moment. With nothing
 * left, `scope` in the response is empty: without it, the token would have what was requested (RFC 6749 section 5.1).
 */
export function limitScopesByRole({ AccessToken }: Library, { app, people }: Parts): void {
  const { save } = AccessToken.prototype
  AccessToken.prototype.save = async function (...rest) {
    const { resourceServer, accountId, scopes } = this
    if (resourceServer) {
      const allowed = await scopesFor(app, resourceServer.identifier(), {
        scopes,
        person: await people.find(accountId),
      })
      this.scope = allowed.join(' ')
    }
    return save.apply(this, rest)
  }
}

/** Leaves the person to be asked only for the scopes that their roles allow, once it is known who they are. */
export async function askWithinRoles({ oidc }: KoaContextWithOIDC, { app, people }: Parts): Promise<void> {
  const person = await people.find(oidc.account?.accountId ?? '')
  for (const [id, server] of Object.entries(oidc.resourceServers ?? {})) {
    const allowed = await scopesFor(app, id, { scopes: server.scopes, person })
    if (allowed.length < server.scopes.size) server.scope = allowed.join(' ')
  }
}
