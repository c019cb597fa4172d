import { OWNER_GROUPS } from '../../audit/catalogue.ts'
import type { HistoryEvent } from '../../audit/history.ts'
import type { Context } from '../context.ts'
import { historyNames, type Named } from '../history-names.ts'
import { toldHistory } from '../history-words.ts'
import type { Locale } from '../locale.ts'
import type { Visit } from './door.ts'
import type { HistoryView } from './page-data.ts'
import type { AccountParts } from './parts.ts'

const PAGE = 30
/** The choices of the page. */
export const FILTERS = ['all', ...OWNER_GROUPS] as const

/** What has happened, newest first. */
export class History {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame, show } = this.#parts
    const filter = chosen(ctx.query.show)
    const before = typeof ctx.query.before === 'string' ? ctx.query.before || undefined : undefined
    const events = await app.history.of(visit.person.id, {
      limit: PAGE + 1,
      before,
      group: filter === 'all' ? undefined : filter,
    })
    const named = await historyNames(app)
    const last = events.length > PAGE ? events[PAGE - 1] : undefined
    show(ctx, 'account/history', {
      ...(await frame.around(ctx, visit, 'history')),
      events: events.slice(0, PAGE).map(event => seen(event, named, ctx.state.locale, app.clock.now())),
      filter,
      filters: FILTERS,
      olderUrl: last ? `?${new URLSearchParams({ show: filter, before: last.id })}` : null,
    })
  }
}

export function seen(event: HistoryEvent, named: Named, locale: Locale, now: Date): HistoryView {
  return { at: event.at, success: event.success, ...toldHistory(event, { locale, now, ...named(event) }) }
}

function chosen(show: unknown): (typeof FILTERS)[number] {
  return FILTERS.find(filter => filter === show) ?? 'all'
}
