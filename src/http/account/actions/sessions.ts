import { deviceText } from '../../../i18n/history-text.ts'
import type { Locale } from '../../../i18n/locale.ts'
import type { BrowserSession } from '../../../sessions/sessions.ts'
import { clientNames } from '../../kit/client-names.ts'
import { action } from '../action.ts'
import { responses } from '../response-schemas.ts'

/** The browsers in which the person is signed in. */
export const sessionActions = [
  action({
    name: 'listSessions',
    method: 'get',
    path: '/sessions',
    api: { summary: 'The browsers in which the person is signed in', answer: responses.Sessions },
    async does({ app, person, locale }) {
      const names = await clientNames(app)
      return { sessions: (await app.sessions.of(person.id)).map(session => described(session, names, locale)) }
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
    /** Except the browser that asks, if it is one. */
    async does({ app, person, by, session, browser }) {
      await app.sessions.revokeOthers(person.id, (browser && session) ?? null, { by })
    },
  }),
]

function described(session: BrowserSession, names: Map<string, string>, locale: Locale) {
  return {
    key: session.key,
    device: deviceText(session, locale),
    ip: session.ip,
    signed_in_at: session.signedInAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    clients: session.clients.flatMap(id => (names.has(id) ? [{ id, name: names.get(id)! }] : [])),
  }
}
