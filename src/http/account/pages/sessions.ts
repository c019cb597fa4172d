import { deviceText } from '../../../i18n/history-text.ts'
import { clientNames } from '../../kit/client-names.ts'
import { page } from '../page.ts'

/** The browsers in which the person is signed in; the one that asks comes first. */
export const sessions = page({
  path: '/sessions',
  here: 'sessions',
  async data({ app, ctx, person, uid: here }) {
    const names = await clientNames(app)
    const found = await app.sessions.of(person.id)
    return {
      sessions: found
        .toSorted((a, b) => Number(b.uid === here) - Number(a.uid === here))
        .map(({ key, uid, browser, system, ip, signedInAt, lastSeenAt, clients }) => ({
          key,
          device: deviceText({ browser, system }, ctx.state.locale),
          ip,
          signedInAt,
          lastSeenAt,
          applications: clients.flatMap(id => names.get(id) ?? []),
          current: uid === here,
        })),
    }
  },
})
