import type { HistoryEvent } from '../../audit/history.ts'
import type { Context } from '../context.ts'
import { historyNames, type Named } from '../history-names.ts'
import { toldHistory } from '../history-words.ts'
import type { Locale } from '../locale.ts'
import type { Visit } from './door.ts'
import type { HistoryView } from './page-data.ts'
import type { AccountParts } from './parts.ts'

const PAGE = 30
/** What each choice shows, by the beginnings of kinds; what happened stands under one of them at least. */
export const FILTERS = {
  all: undefined,
  'sign-ins': [
    'sign-in.',
    'second-factor.',
    'factor.passkey-refused',
    'factor.passkey-cloned',
    'factor.recovery-code-spent',
    'password.refused',
    'session.',
    'sessions.',
    'identity.signed-out',
    'token.',
  ],
  changes: [
    'account.',
    'address-change.',
    'address-restore.',
    'browser.',
    'consent.',
    'deletion.',
    'factor.',
    'factors.',
    'grant.',
    'identity.linked',
    'identity.unlinked',
    'identity.withdrawn',
    'password.',
    'profile.',
    'recovery.',
    'registration.',
    'role.',
    'username.',
    'verification.',
  ],
} as const

/** What has happened, newest first. */
export class History {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame, show } = this.#parts
    const filter = chosen(ctx.query.show)
    const before = typeof ctx.query.before === 'string' ? ctx.query.before : undefined
    const kinds = FILTERS[filter]
    const events = await app.history.of(visit.person.id, {
      limit: PAGE + 1,
      ...(before ? { before } : {}),
      ...(kinds ? { kinds: [...kinds] } : {}),
    })
    const named = await historyNames(app)
    const last = events.length > PAGE ? events[PAGE - 1] : undefined
    show(ctx, 'account/history', {
      ...(await frame.around(ctx, visit, 'history')),
      events: events.slice(0, PAGE).map(event => seen(event, named, ctx.state.locale, app.clock.now())),
      filter,
      olderUrl: last ? `?${new URLSearchParams({ show: filter, before: last.id })}` : null,
    })
  }
}

export function seen(event: HistoryEvent, named: Named, locale: Locale, now: Date): HistoryView {
  return { at: event.at, success: event.success, ...toldHistory(event, { locale, now, ...named(event) }) }
}

function chosen(show: unknown): keyof typeof FILTERS {
  return show === 'sign-ins' || show === 'changes' ? show : 'all'
}
