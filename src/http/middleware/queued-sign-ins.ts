import { Busy } from '../../base/refusals.ts'
import type { Interactions } from '../../oidc/interactions/interactions.ts'
import { setStatus } from '../kit/errors/error-responses.ts'
import type { Show } from '../kit/pages/show.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import type { SignInQueue, Stage } from '../server/sign-in-queue.ts'
import type { Forms } from './forms.ts'
import { allowAppTarget } from './security-headers.ts'

/** Sending the browser to an upstream provider needs no slot in the queue. */
const UPSTREAM = /^\/interaction\/[^/]+\/upstream$/

const REGISTERING = /\/register$/

/** The form field whose value is never sent back in a page. */
const SECRET = 'password'

/**
 * Sign-in requests wait for a slot in the queue. Their form is read before that, so a slow sender holds no slot. If
 * there are too many, the answer is 503; to a form it is a page with the same form, ready to be sent again.
 */
export class QueuedSignIns {
  readonly #parts

  constructor(parts: {
    queue: SignInQueue
    forms: Forms
    interactions: Interactions
    show: Show
    sessionCookie: string
  }) {
    this.#parts = parts
  }

  before(answer: Handler): Handler {
    return async (ctx, next) => {
      const stage = this.#stage(ctx)
      if (!stage) return answer(ctx, next)
      if (ctx.method === 'POST') await this.#parts.forms.parse(ctx)
      let leave: () => void
      try {
        leave = await this.#parts.queue.enter(stage)
      } catch (error) {
        if (stage === 'continue' && error instanceof Busy && (await this.#sendAgain(ctx, error))) return
        throw error
      }
      try {
        return await answer(ctx, next)
      } finally {
        leave()
      }
    }
  }

  /** null: not a sign-in request, or an authorization request of a browser that has a session cookie. */
  #stage({ path, cookies }: Context): Stage | null {
    if (path === '/auth') return cookies.get(this.#parts.sessionCookie, { signed: false }) ? null : 'begin'
    return path.startsWith('/interaction/') && !UPSTREAM.test(path) ? 'continue' : null
  }

  /** Answers a form with a page to send it again. @returns whether the request was a form of a page */
  async #sendAgain(ctx: Context, busy: Busy): Promise<boolean> {
    if (ctx.method !== 'POST' || ctx.accepts('html', 'json') !== 'html') return false
    const fields = [...ctx.state.form]
    allowAppTarget(ctx, await this.#parts.interactions.redirectUri(ctx.path.split('/')[2]!))
    ctx.state.notes.error = busy
    setStatus(ctx, busy)
    this.#parts.show(ctx, 'interaction/busy', {
      action: `${ctx.mountPath ?? ''}${ctx.path}`,
      fields: fields.filter(([name]) => name !== SECRET && name !== 'email'),
      email: ctx.state.form.get('email'),
      password: ctx.state.form.has(SECRET) ? (REGISTERING.test(ctx.path) ? 'new-password' : 'current-password') : null,
      retryAfter: busy.retryAfter,
      requestId: ctx.state.requestId,
    })
    return true
  }
}
