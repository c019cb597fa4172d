import type { AccountPage } from '../page.ts'
import { historyOf } from './history.ts'

/** The start page of the account: how many sessions and applications there are, and the latest events. */
export const pages: readonly AccountPage[] = [
  {
    name: 'overview',
    path: '',
    menu: 10,
    data: async ({ app, ctx, person }) => ({
      sessions: (await app.sessions.of(person.id)).length,
      applications: (await app.authorizedApplications.of(person.id)).length,
      lastEvents: (await historyOf(app, person.id, ctx.state.locale, { limit: 3 })).events,
    }),
  },
]
