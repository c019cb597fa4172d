import type { BrowserSession } from '../../sessions/sessions.ts'
import { clientNames } from '../client-names.ts'
import type { Context } from '../context.ts'
import { deviceWords } from '../history-words.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'

/** The browsers in which the person is signed in. */
export class SessionsPage {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame, show } = this.#parts
    const sessions = await app.sessions.of(visit.person.id)
    const here = ({ uid }: BrowserSession) => uid === visit.uid
    const names = await clientNames(app)
    show(ctx, 'account/sessions', {
      ...(await frame.around(ctx, visit, 'sessions')),
      sessions: sessions
        .toSorted((a, b) => Number(here(b)) - Number(here(a)))
        .map(({ key, uid, browser, system, ip, signedInAt, lastSeenAt, clients }) => ({
          key,
          device: deviceWords({ browser, system }, ctx.state.locale),
          ip,
          signedInAt,
          lastSeenAt,
          applications: clients.flatMap(id => names.get(id) ?? []),
          current: uid === visit.uid,
        })),
    })
  }

  async end(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.sessions.end(visit.person.id, ctx.state.form.get('key') ?? '', { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'sessions', 'session')
  }

  async endOthers(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.sessions.endOthers(visit.person.id, visit.uid, { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'sessions', 'sessions')
  }
}
