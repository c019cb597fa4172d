import type { App } from '../../app.ts'
import { NotFound } from '../../base/refusals.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** The applications that the person has let in, and what they may. */
export function applicationRoutes({ applications, resources }: App): Route[] {
  return [
    route({
      method: 'get',
      path: '/me/applications',
      name: 'listApplications',
      summary: 'The applications that were let in, and what they may',
      answer: answers.Applications,
      async handle({ person }) {
        const names = new Map((await resources.list()).map(({ id, name }) => [id, name]))
        const found = await applications.of(person.id)
        return {
          applications: found.map(({ client, scopes, claims, resources: at, since, firstParty }) => ({
            client_id: client.id,
            name: client.name,
            uri: client.uri ?? null,
            scopes,
            claims,
            resources: Object.entries(at).map(([id, granted]) => ({ id, name: names.get(id) ?? id, scopes: granted })),
            since: since.toISOString(),
            first_party: firstParty,
          })),
        }
      },
    }),
    route({
      method: 'delete',
      path: '/me/applications/:clientId',
      name: 'withdrawApplication',
      summary: 'Withdraws what an application was allowed',
      description: 'Its refresh tokens die at once. An application of this place itself was not asked about.',
      refuses: [404],
      async handle({ person, params, by }) {
        const id = params.clientId ?? ''
        if (!(await applications.withdraw(person.id, id, { by })))
          throw new NotFound('the application was allowed nothing')
      },
    }),
  ]
}
