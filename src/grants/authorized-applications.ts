import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { Client } from '../clients/client.ts'
import { type Access, union } from './consent.ts'
import type { GrantSummary } from './grants.ts'

/** An application that has access on behalf of a person. */
export interface Application extends Access {
  client: Client
  since: Date
  /** First-party: it needs no consent, so there is none to revoke. */
  firstParty: boolean
}

/** The applications of a person: those with the person's consent, and first-party ones that hold grants. */
export class AuthorizedApplications {
  readonly #app

  constructor(app: Needs<'clients' | 'consents' | 'grants'>) {
    this.#app = app
  }

  /** Newest first. */
  async of(accountId: string): Promise<Application[]> {
    const consents = await this.#app.consents.of(accountId)
    const applications = consents.map(consent => application(consent.client, consent, consent.givenAt))
    const consented = new Set(applications.map(({ client }) => client.id))
    const granted = Map.groupBy(await this.#app.grants.of(accountId), ({ clientId }) => clientId)
    for (const [clientId, grants] of granted) {
      const client = consented.has(clientId) ? null : await this.#app.clients.findCached(clientId)
      const since = new Date(Math.min(...grants.map(grant => grant.since.getTime())))
      if (client?.firstParty) applications.push(application(client, grants.map(accessOf).reduce(union), since))
    }
    return applications.sort((a, b) => b.since.getTime() - a.since.getTime())
  }

  /** Its tokens stop working at once. @returns false if there was no consent and no grant, or it is first-party */
  async revoke(accountId: string, clientId: string, { by }: { by: Actor }): Promise<boolean> {
    const client = await this.#app.clients.findCached(clientId)
    return client?.firstParty ? false : this.#app.consents.revoke(accountId, clientId, { by })
  }
}

function application(client: Client, { scopes, claims, resources }: Access, since: Date): Application {
  return { client, scopes, claims, resources, since, firstParty: client.firstParty }
}

function accessOf({ scope, claims, resources }: GrantSummary): Access {
  return {
    scopes: scope.split(' ').filter(Boolean),
    claims,
    resources: Object.fromEntries(Object.entries(resources).map(([id, scopes]) => [id, scopes.split(' ')])),
  }
}
