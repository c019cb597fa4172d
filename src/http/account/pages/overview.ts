import { page } from '../page.ts'
import { told } from './history.ts'

/** Everything at a glance. */
export const overview = page({
  path: '',
  here: 'overview',
  async data(visit) {
    const { app, person } = visit
    const [sessions, applications] = [await app.sessions.of(person.id), await app.authorizedApplications.of(person.id)]
    return {
      sessions: sessions.length,
      applications: applications.length,
      lastEvents: await told(visit, await app.history.of(person.id, { limit: 3 })),
    }
  },
})
