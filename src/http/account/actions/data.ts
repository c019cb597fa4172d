import { action, nothing } from '../action.ts'
import { answers } from '../answers.ts'

/** Everything held about the person, to take away or to have erased. */
export const dataActions = [
  action({
    name: 'exportAccount',
    method: 'get',
    path: '/export',
    recent: true,
    api: { summary: 'Everything that is held about the person', answer: answers.Export },
    does: async ({ app, account }) => ({ ...(await app.export.of(await account())) }),
  }),
  action({
    name: 'scheduleDeletion',
    method: 'put',
    path: '/deletion',
    recent: true,
    body: nothing,
    // Typing the address is the second thought; the grace period is the third.
    form: { page: 'data', notice: 'deletion', confirmed: true, keeps: ['email'] },
    api: {
      summary: 'Has the account erased after the time of grace',
      description:
        'Signing in before then, or DELETE, keeps the account. What else is signed in ends, but for the browser in which ' +
        'this application was let in.',
      answer: answers.Deletion,
    },
    async does({ app, account, by, session }) {
      const due = await app.deletion.schedule(await account(), { by, ...(session && { exceptSession: session }) })
      return { due: due.toISOString() }
    },
  }),
  action({
    name: 'cancelDeletion',
    method: 'delete',
    path: '/deletion',
    form: { page: 'data', notice: 'kept' },
    api: { summary: 'Keeps the account after all' },
    async does({ app, account, by }) {
      await app.deletion.cancel(await account(), { by })
    },
  }),
]
