import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { Client } from '../clients/client.ts'
import type { GrantSummary } from './grants.ts'

/** An application that a person has let in. */
export interface Application {
  client: Client
  scopes: string[]
  claims: string[]
  /** Scopes by resource indicator. */
  resources: Record<string, string[]>
  since: Date
  /** It is this place's own: nobody is asked about it, and so nobody can withdraw what they were not asked. */
  firstParty: boolean
}

/** The applications of a person: those that they allowed something, and our own ones that hold something of theirs. */
export class AuthorizedApplications {
  readonly #app

  constructor(app: Needs<'clients' | 'consents' | 'grants'>) {
    this.#app = app
  }

  /** Newest first. */
  async of(accountId: string): Promise<Application[]> {
    const allowed = (await this.#app.consents.of(accountId)).map(
      ({ client, scopes, claims, resources, givenAt }): Application => ({
        client,
        scopes,
        claims,
        resources,
        since: givenAt,
        firstParty: client.firstParty,
      }),
    )
    const known = new Set(allowed.map(({ client }) => client.id))
    const held = Map.groupBy(await this.#app.grants.of(accountId), ({ clientId }) => clientId)
    for (const [clientId, grants] of held) {
      const client = known.has(clientId) ? null : await this.#app.clients.findCached(clientId)
      if (client?.firstParty) allowed.push(together(client, grants))
    }
    return allowed.sort((a, b) => b.since.getTime() - a.since.getTime())
  }

  /** The application's tokens die at once. @returns whether there was anything to withdraw */
  async revoke(accountId: string, clientId: string, { by }: { by: Actor }): Promise<boolean> {
    const client = await this.#app.clients.findCached(clientId)
    return client?.firstParty ? false : this.#app.consents.revoke(accountId, clientId, { by })
  }
}

function together(client: Client, grants: readonly GrantSummary[]): Application {
  const resources: Record<string, string[]> = {}
  for (const [id, scope] of grants.flatMap(grant => Object.entries(grant.resources)))
    resources[id] = [...new Set([...(resources[id] ?? []), ...scope.split(' ')])]
  return {
    client,
    scopes: [...new Set(grants.flatMap(({ scope }) => scope.split(' ').filter(Boolean)))],
    claims: [...new Set(grants.flatMap(({ claims }) => claims))],
    resources,
    since: new Date(Math.min(...grants.map(({ since }) => since.getTime()))),
    firstParty: true,
  }
}
