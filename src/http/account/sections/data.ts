import { Forbidden } from '../../../base/refusals.ts'
import { action, nothing } from '../action.ts'
import type { AccountPage, AccountRequest, Download } from '../page.ts'
import { responses } from '../response-schemas.ts'

const DAY = 24 * 60 * 60

/** Export of everything stored about the person, and deletion of the account. */
export const pages: readonly AccountPage[] = [
  {
    name: 'data',
    path: '/data',
    menu: 70,
    recent: true,
    data: ({ app }) => ({ graceDays: Math.ceil(app.config.deletionGrace / DAY) }),
  },
  {
    name: 'export',
    path: '/export.html',
    partOf: 'data',
    recent: true,
    data: async request => ({ held: await exportOf(request) }),
  },
]

export const downloads: readonly Download[] = [
  { path: '/export.json', recent: true, fileName: 'gatehouse-account.json', content: exportOf },
]

async function exportOf({ app, person }: AccountRequest): Promise<Record<string, unknown>> {
  const account = await app.accounts.find(person.id)
  if (!account.active) throw new Forbidden('this account is suspended')
  return { ...(await app.export.of(account)) }
}

export const actions = [
  action({
    name: 'exportAccount',
    method: 'get',
    path: '/export',
    recent: true,
    api: { summary: 'Everything that is stored about the person', answer: responses.Export },
    does: async ({ app, account }) => ({ ...(await app.export.of(await account())) }),
  }),
  action({
    name: 'scheduleDeletion',
    method: 'put',
    path: '/deletion',
    recent: true,
    body: nothing,
    // Typing the address prevents a deletion by one careless click.
    form: { page: 'data', notice: 'deletion', confirmed: true, keeps: ['email'] },
    api: {
      summary: 'Schedules the deletion of the account',
      description:
        'It is erased after a grace period, unless the person signs in or DELETE is called before then. All browsers and ' +
        'applications are signed out, except the browser in which this application was authorized.',
      answer: responses.Deletion,
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
    api: { summary: 'Cancels the deletion' },
    async does({ app, account, by }) {
      await app.deletion.cancel(await account(), { by })
    },
  }),
]
