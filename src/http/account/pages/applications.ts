import { page } from '../page.ts'

/** The applications that the person has authorized, and what they may do. */
export const applications = page({
  path: '/applications',
  here: 'applications',
  async data({ app, person }) {
    const resources = new Map((await app.resources.list()).map(({ id, name }) => [id, name]))
    const found = await app.authorizedApplications.of(person.id)
    return {
      applications: found.map(({ client, scopes, resources: granted, since, firstParty }) => ({
        id: client.id,
        name: client.name,
        uri: client.uri ?? null,
        logoUri: client.logoUri ?? null,
        scopes,
        resources: Object.entries(granted).map(([id, names]) => ({ name: resources.get(id) ?? id, scopes: names })),
        since,
        firstParty,
      })),
    }
  },
})
