import type { App } from '../../app.ts'
import { bodies } from './bodies.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** Everything held about the person, to take away or to have erased. */
export function dataRoutes(app: App): Route[] {
  return [
    route({
      method: 'get',
      path: '/me/export',
      name: 'exportAccount',
      summary: 'Everything that is held about the person',
      recent: true,
      answer: answers.Export,
      handle: async ({ account }) => ({ ...(await app.export.of(await account())) }),
    }),
    route({
      method: 'put',
      path: '/me/deletion',
      name: 'scheduleDeletion',
      summary: 'Has the account erased after the time of grace',
      description:
        'Signing in before then, or DELETE, keeps the account. What else is signed in ends, but for the browser in which ' +
        'this application was let in.',
      recent: true,
      body: bodies.Nothing,
      answer: answers.Deletion,
      async handle({ account, by, session }) {
        const due = await app.deletion.schedule(await account(), { by, ...(session && { exceptSession: session }) })
        return { due: due.toISOString() }
      },
    }),
    route({
      method: 'delete',
      path: '/me/deletion',
      name: 'cancelDeletion',
      summary: 'Keeps the account after all',
      async handle({ account, by }) {
        await app.deletion.cancel(await account(), { by })
      },
    }),
  ]
}
