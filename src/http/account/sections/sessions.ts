import type { App } from '../../../app.ts'
import { deviceText } from '../../../i18n/history-text.ts'
import type { Locale } from '../../../i18n/locale.ts'
import { action } from '../action.ts'
import { apiJson } from '../api-json.ts'
import { clientNames } from '../application-names.ts'
import type { AccountPage } from '../page.ts'
import { responses } from '../response-schemas.ts'

/** The browsers in which the person is signed in; the current one comes first. */
export const pages: readonly AccountPage[] = [
  {
    name: 'sessions',
    path: '/sessions',
    menu: 40,
    async data({ app, ctx, person, uid: here }) {
      const all = (await sessionsOf(app, person.id, ctx.state.locale)).map(each => ({
        ...each,
        current: each.uid === here,
      }))
      return { sessions: all.toSorted((a, b) => Number(b.current) - Number(a.current)) }
    },
  },
]

export const actions = [
  action({
    name: 'listSessions',
    method: 'get',
    path: '/sessions',
    api: { summary: 'The browsers in which the person is signed in', answer: responses.Sessions },
    async does({ app, person, locale }) {
      const all = await sessionsOf(app, person.id, locale)
      return apiJson({ sessions: all.map(({ uid: _uid, ...each }) => each) })
    },
  }),
  action({
    name: 'endSession',
    method: 'delete',
    path: '/sessions/:key',
    form: { page: 'sessions', notice: 'session' },
    api: {
      summary: 'Signs out one browser',
      description: 'The tokens of its applications are revoked.',
      refuses: [404],
    },
    does: ({ app, person, item, by }) => app.sessions.revoke(person.id, item, { by }),
  }),
  action({
    name: 'endSessions',
    method: 'delete',
    path: '/sessions',
    form: { page: 'sessions', notice: 'sessions' },
    api: {
      summary: 'Signs out all browsers',
      description: 'The tokens of their applications are revoked: often also the token of this request.',
    },
    /** A form leaves the browser from which it was sent signed in. */
    async does({ app, person, by, session, browser }) {
      await app.sessions.revokeOthers(person.id, (browser && session) ?? null, { by })
    },
  }),
]

async function sessionsOf(app: App, accountId: string, locale: Locale) {
  const names = await clientNames(app)
  const found = await app.sessions.of(accountId)
  return found.map(({ key, uid, ip, signedInAt, lastSeenAt, expiresAt, impersonatedBy, clients, ...device }) => ({
    key,
    uid,
    // The browser of an administrator is none of the person's.
    device: impersonatedBy === null ? deviceText(device, locale) : '',
    ip: impersonatedBy === null ? ip : null,
    impersonated: impersonatedBy !== null,
    signedInAt,
    lastSeenAt,
    expiresAt,
    clients: clients.flatMap(id => (names.has(id) ? [{ id, name: names.get(id)! }] : [])),
  }))
}
