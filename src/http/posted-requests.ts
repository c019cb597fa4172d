import { NotFound } from '../base/refusals.ts'
import { newSecret } from '../base/secrets.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Context, Handler } from './context.ts'
import type { Forms } from './middleware/forms.ts'

const KIND = 'PostedRequest'
const PARAMETER = 'posted_request'

/** Seconds in which the browser comes again; it does so at once, but a page may be loaded anew. */
const TTL = 5 * 60

/** As long as an address may be: nobody can leave more here than by GET. */
const LONGEST = 16 * 1024

/**
 * The authorization endpoint and the end-session endpoint take their parameters by POST too (OIDC Core section 3.1.2.1,
 * RP-Initiated Logout section 2). A form that another site's page sends brings no cookies (SameSite=Lax), so that nobody
 * would seem to be signed in. Therefore what was posted is kept for a moment and the browser is told to come again by GET:
 * then it brings them. Nothing of it is in the address.
 */
export class PostedRequests {
  readonly #artifacts: Artifacts
  readonly #forms: Forms

  constructor({ artifacts, forms }: { artifacts: Artifacts; forms: Forms }) {
    this.#artifacts = artifacts
    this.#forms = forms
  }

  /** In front of whoever answers GET at this path. */
  at(path: string, answer: Handler): Handler {
    return (ctx, next) => {
      if (ctx.path !== path) return answer(ctx, next)
      if (ctx.method === 'POST') return this.#forms.read(ctx, () => this.#keep(ctx))
      return ctx.query[PARAMETER] === undefined ? answer(ctx, next) : this.#goOn(ctx, () => answer(ctx, next))
    }
  }

  async #keep(ctx: Context): Promise<void> {
    if (ctx.querystring !== '') ctx.throw(400, 'parameters are in the address or in the body, not in both')
    const form = ctx.state.form.toString()
    if (form.length > LONGEST) ctx.throw(413)
    const id = newSecret(16)
    const payload = { path: ctx.path, form }
    await this.#artifacts.commit([{ do: 'put', kind: KIND, id, payload, ttl: TTL }])
    ctx.status = 303
    ctx.redirect(`${ctx.mountPath ?? ''}${ctx.path}?${PARAMETER}=${id}`)
  }

  /** As if all of it stood in the address; whatever else stands there does not count. */
  async #goOn(ctx: Context, answer: () => Promise<unknown>): Promise<unknown> {
    const kept = await this.#artifacts.get(KIND, String(ctx.query[PARAMETER]))
    if (kept?.path !== ctx.path) throw new NotFound('what was posted here has expired', 'session_not_found')
    ctx.querystring = String(kept.form)
    return answer()
  }
}
