import { NotFound } from '../../../base/refusals.ts'
import { action } from '../action.ts'
import { responses } from '../response-schemas.ts'

/** The applications that the person has authorized. */
export const applicationActions = [
  action({
    name: 'listApplications',
    method: 'get',
    path: '/applications',
    api: { summary: 'The authorized applications, and what they may do', answer: responses.Applications },
    async does({ app, person }) {
      const names = new Map((await app.resources.list()).map(({ id, name }) => [id, name]))
      const found = await app.authorizedApplications.of(person.id)
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
    name: 'revokeApplication',
    method: 'delete',
    path: '/applications/:clientId',
    form: { page: 'applications', notice: 'revoked' },
    api: {
      summary: 'Revokes the authorization of an application',
      description:
        'Its refresh tokens are revoked. First-party applications need no authorization and have none to revoke.',
      refuses: [404],
    },
    async does({ app, person, item, by, browser }) {
      const revoked = await app.authorizedApplications.revoke(person.id, item, { by })
      // The page lists what is left: revoked twice is revoked.
      if (!revoked && !browser) throw new NotFound('the application has no authorization')
    },
  }),
]
