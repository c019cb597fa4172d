import type { Context } from '../context.ts'
import { historyNames } from '../history-names.ts'
import type { Visit } from './door.ts'
import { seen } from './history.ts'
import type { AccountParts } from './parts.ts'

/** Everything at a glance. */
export class Overview {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame, show } = this.#parts
    const { id } = visit.person
    const [around, sessions, applications, events, named] = [
      await frame.around(ctx, visit, 'overview'),
      await app.sessions.of(id),
      await app.applications.of(id),
      await app.history.of(id, { limit: 3 }),
      await historyNames(app),
    ]
    show(ctx, 'account/overview', {
      ...around,
      sessions: sessions.length,
      applications: applications.length,
      lastEvents: events.map(event => seen(event, named, ctx.state.locale, app.clock.now())),
    })
  }
}
