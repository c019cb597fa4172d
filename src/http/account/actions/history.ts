import { z } from 'zod'
import { OWNER_GROUPS } from '../../../audit/catalogue.ts'
import type { HistoryEvent } from '../../../audit/history.ts'
import { deviceText, type HistoryTextOptions, historySentence } from '../../../i18n/history-text.ts'
import { action } from '../action.ts'
import { historyNames } from '../names.ts'
import { responses } from '../response-schemas.ts'

const kind = z
  .string()
  .max(60)
  .regex(/^[a-z.-]+$/)

export const historyQuery = z.strictObject({
  before: z.uuid().optional().meta({ description: 'The `before` of the previous page.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  kind: z
    .union([kind, z.array(kind).max(20)])
    .optional()
    .meta({ description: 'Only these kinds, or all that begin with `sign-in.` or the like; repeatable.' }),
  group: z.enum(OWNER_GROUPS).optional().meta({ description: 'Only events of this group.' }),
})

/** What has happened with the account, newest first. */
export const historyActions = [
  action({
    name: 'readHistory',
    method: 'get',
    path: '/history',
    query: historyQuery,
    api: { summary: 'What has happened with the account, newest first', answer: responses.History },
    async does({ app, person, query: { before, limit, kind, group }, locale }) {
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

function described(event: HistoryEvent, telling: HistoryTextOptions) {
  return {
    id: event.id,
    at: event.at.toISOString(),
    kind: event.kind,
    success: event.success,
    reason: event.reason,
    device: deviceText(event, telling.locale),
    ip: event.ip,
    client: event.client,
    provider: event.provider,
    by_operator: event.byOperator,
    sentence: historySentence(event, telling),
  }
}
