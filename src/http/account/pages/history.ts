import { OWNER_GROUPS } from '../../../audit/catalogue.ts'
import type { HistoryEvent } from '../../../audit/history.ts'
import { historyText } from '../../../i18n/history-text.ts'
import type { AccountRequest } from '../account-request.ts'
import { historyNames } from '../names.ts'
import { page } from '../page.ts'

const PAGE = 30

/** The choices of the page. */
export const FILTERS = ['all', ...OWNER_GROUPS] as const

/** What has happened, newest first. */
export const history = page({
  path: '/history',
  here: 'history',
  async data(visit) {
    const { app, ctx, person } = visit
    const filter = FILTERS.find(each => each === ctx.query.show) ?? 'all'
    const before = typeof ctx.query.before === 'string' ? ctx.query.before || undefined : undefined
    const group = filter === 'all' ? undefined : filter
    const events = await app.history.of(person.id, { limit: PAGE + 1, before, group })
    const last = events.length > PAGE ? events[PAGE - 1] : undefined
    return {
      events: await told(visit, events.slice(0, PAGE)),
      filter,
      filters: FILTERS,
      olderUrl: last ? `?${new URLSearchParams({ show: filter, before: last.id })}` : null,
    }
  },
})

export async function told({ app, ctx }: AccountRequest, events: HistoryEvent[]) {
  const [named, now, { locale }] = [await historyNames(app), app.clock.now(), ctx.state]
  return events.map(event => ({
    at: event.at,
    success: event.success,
    ...historyText(event, { locale, now, ...named(event) }),
  }))
}
