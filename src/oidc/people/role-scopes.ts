import type { KoaContextWithOIDC, Provider as Library } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import type { People, Person } from './people.ts'

export interface Parts {
  app: Needs<'resources' | 'roles'>
  people: People
}

/** Those of the scopes of an API that the person may have: all of them, unless the API's scopes depend on roles. */
async function scopesFor(
  { resources, roles }: Parts['app'],
  resource: string,
  { scopes, person }: { scopes: Iterable<string>; person: Person | null },
): Promise<string[]> {
  const all = [...scopes]
  if (!(await resources.findCached(resource))?.scopesByRole) return all
  const allowed = await roles.scopesAt(resource, person?.roles ?? [])
  return all.filter(scope => allowed.has(scope))
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

/** Limits the access tokens of people, whichever grant issues them, to what their roles allow at that moment. */
export function limitScopesByRole({ AccessToken }: Library, { app, people }: Parts): void {
  const { save } = AccessToken.prototype
  AccessToken.prototype.save = async function (...rest) {
    const { resourceServer, accountId, scopes } = this
    if (resourceServer) {
      const allowed = await scopesFor(app, resourceServer.identifier(), {
        scopes,
        person: await people.find(accountId),
      })
      this.scope = allowed.join(' ') || undefined
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
