import type { App } from '../../../app.ts'
import { NotFound } from '../../../base/refusals.ts'
import { action } from '../action.ts'
import { apiJson } from '../api-json.ts'
import type { AccountPage } from '../page.ts'
import { responses } from '../response-schemas.ts'

/** The applications that the person has authorized, and what they may do. */
export const pages: readonly AccountPage[] = [
  {
    name: 'applications',
    path: '/applications',
    menu: 60,
    data: async ({ app, person }) => ({ applications: await applicationsOf(app, person.id) }),
  },
]

export const actions = [
  action({
    name: 'listApplications',
    method: 'get',
    path: '/applications',
    api: { summary: 'The authorized applications, and what they may do', answer: responses.Applications },
    async does({ app, person }) {
      const all = await applicationsOf(app, person.id)
      return apiJson({ applications: all.map(({ logoUri: _logoUri, ...each }) => each) })
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
      // A form that is sent twice is no error: the page lists what is left.
      if (!revoked && !browser) throw new NotFound('the application has no authorization')
    },
  }),
]

async function applicationsOf(app: App, accountId: string) {
  const names = new Map((await app.resources.list()).map(({ id, name }) => [id, name]))
  const found = await app.authorizedApplications.of(accountId)
  return found.map(({ client, resources, ...granted }) => ({
    ...granted,
    clientId: client.id,
    name: client.name,
    uri: client.uri ?? null,
    // As on the consent page, one that no operator has checked is not shown.
    logoUri: client.selfRegistered ? null : (client.logoUri ?? null),
    resources: Object.entries(resources).map(([id, scopes]) => ({ id, name: names.get(id) ?? id, scopes })),
  }))
}
