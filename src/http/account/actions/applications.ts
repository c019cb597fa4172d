import { NotFound } from '../../../base/refusals.ts'
import { action } from '../action.ts'
import { answers } from '../answers.ts'

/** The applications that the person has let in, and what they may. */
export const applicationActions = [
  action({
    name: 'listApplications',
    method: 'get',
    path: '/applications',
    api: { summary: 'The applications that were let in, and what they may', answer: answers.Applications },
    async does({ app, person }) {
      const names = new Map((await app.resources.list()).map(({ id, name }) => [id, name]))
      const found = await app.applications.of(person.id)
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
  action({
    name: 'withdrawApplication',
    method: 'delete',
    path: '/applications/:clientId',
    form: { page: 'applications', notice: 'withdrawn' },
    api: {
      summary: 'Withdraws what an application was allowed',
      description: 'Its refresh tokens die at once. An application of this place itself was not asked about.',
      refuses: [404],
    },
    async does({ app, person, item, by, browser }) {
      const withdrawn = await app.applications.withdraw(person.id, item, { by })
      // On its page it is gone, which is what the person wanted.
      if (!withdrawn && !browser) throw new NotFound('the application was allowed nothing')
    },
  }),
]
