import type { App } from '../../app.ts'
import type { BrowserSession } from '../../sessions/sessions.ts'
import { clientNames } from '../client-names.ts'
import { deviceWords } from '../history-words.ts'
import type { Locale } from '../locale.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** The browsers in which the person is signed in. The token that asks has none. */
export function sessionRoutes(app: App): Route[] {
  const described = (session: BrowserSession, names: Map<string, string>, locale: Locale) => ({
    key: session.key,
    device: deviceWords(session, locale),
    ip: session.ip,
    signed_in_at: session.signedInAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    clients: session.clients.flatMap(id => (names.has(id) ? [{ id, name: names.get(id)! }] : [])),
  })

  return [
    route({
      method: 'get',
      path: '/me/sessions',
      name: 'listSessions',
      summary: 'Where the person is signed in',
      answer: answers.Sessions,
      async handle({ person, locale }) {
        const names = await clientNames(app)
        return { sessions: (await app.sessions.of(person.id)).map(session => described(session, names, locale)) }
      },
    }),
    route({
      method: 'delete',
      path: '/me/sessions/:key',
      name: 'endSession',
      summary: 'Signs one browser out',
      description: 'What its applications were given ends with it.',
      refuses: [404],
      handle: ({ person, params, by }) => app.sessions.end(person.id, params.key ?? '', { by }),
    }),
    route({
      method: 'delete',
      path: '/me/sessions',
      name: 'endSessions',
      summary: 'Signs all browsers out',
      description: 'What their applications were given ends with them: often the token that asks for this, too.',
      async handle({ person, by }) {
        await app.sessions.endOthers(person.id, null, { by })
      },
    }),
  ]
}
