import type { App } from '../../app.ts'
import type { HistoryEvent } from '../../audit/history.ts'
import { historyNames } from '../history-names.ts'
import { deviceWords, historySentence, type Telling } from '../history-words.ts'
import { historyQuery } from './bodies.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** What has happened with the account, newest first. */
export function historyRoutes(app: App): Route[] {
  return [
    route({
      method: 'get',
      path: '/me/history',
      name: 'readHistory',
      summary: 'What has happened with the account, newest first',
      query: historyQuery,
      answer: answers.History,
      async handle({ person, query: { before, limit, kind, group }, locale }) {
        const kinds = kind === undefined ? undefined : [kind].flat()
        const found = await app.history.of(person.id, { limit: limit + 1, before, kinds, group })
        const events = found.slice(0, limit)
        const [named, now] = [await historyNames(app), app.clock.now()]
        return {
          events: events.map(event => described(event, { locale, now, ...named(event) })),
          before: found.length > limit ? events.at(-1)!.id : null,
        }
      },
    }),
  ]
}

function described(event: HistoryEvent, telling: Telling) {
  return {
    id: event.id,
    at: event.at.toISOString(),
    kind: event.kind,
    success: event.success,
    reason: event.reason,
    device: deviceWords(event, telling.locale),
    ip: event.ip,
    client: event.client,
    provider: event.provider,
    by_operator: event.byOperator,
    sentence: historySentence(event, telling),
  }
}
