import { z } from 'zod'
import type { App } from '../../../app.ts'
import type { Page } from '../../../audit/audit-log.ts'
import { OWNER_GROUPS } from '../../../audit/catalogue.ts'
import { deviceText, historyText } from '../../../i18n/history-text.ts'
import type { Locale } from '../../../i18n/locale.ts'
import { action } from '../action.ts'
import { apiJson } from '../api-json.ts'
import { historyNames } from '../application-names.ts'
import type { AccountPage } from '../page.ts'
import { responses } from '../response-schemas.ts'

/** The number of events on a page. */
const PAGE_SIZE = 30

export const FILTERS = ['all', ...OWNER_GROUPS] as const

/** The events of the account, newest first. */
export const pages: readonly AccountPage[] = [
  {
    name: 'history',
    path: '/history',
    menu: 50,
    async data({ app, ctx: { query, state }, person }) {
      const filter = FILTERS.find(each => each === query.show) ?? 'all'
      const before = typeof query.before === 'string' ? query.before || undefined : undefined
      const group = filter === 'all' ? undefined : filter
      const { events, older } = await historyOf(app, person.id, state.locale, { limit: PAGE_SIZE, before, group })
      return {
        events,
        filter,
        filters: FILTERS,
        olderUrl: older && `?${new URLSearchParams({ show: filter, before: older })}`,
      }
    },
  },
]

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

export const actions = [
  action({
    name: 'readHistory',
    method: 'get',
    path: '/history',
    query: historyQuery,
    api: { summary: 'The events of the account, newest first', answer: responses.History },
    async does({ app, person, query: { kind, ...query }, locale }) {
      const kinds = kind === undefined ? undefined : [kind].flat()
      const { events, older } = await historyOf(app, person.id, locale, { ...query, kinds })
      const described = events.map(({ what, circumstances, ...event }) => ({
        ...event,
        sentence: `${what}, ${circumstances}`,
      }))
      return apiJson({ events: described, before: older })
    },
  }),
]

/** A page of the history. `older`: the id before which the next page begins; null at the end. */
export async function historyOf(app: App, accountId: string, locale: Locale, page: Page & { limit: number }) {
  const found = await app.history.of(accountId, { ...page, limit: page.limit + 1 })
  const events = found.slice(0, page.limit)
  const [namesOf, now] = [await historyNames(app, accountId, events), app.clock.now()]
  return {
    events: events.map(event => {
      const { browser: _browser, system: _system, target: _target, ...shown } = event
      return {
        ...shown,
        device: deviceText(event, locale),
        ...historyText(event, { locale, now, ...namesOf(event) }),
      }
    }),
    older: found.length > page.limit ? events.at(-1)!.id : null,
  }
}
