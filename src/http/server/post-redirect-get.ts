import { NotFound } from '../../base/refusals.ts'
import { newSecret } from '../../base/secrets.ts'
import { hasRegisteredRedirectUri } from '../../oidc/clients/redirect-uri.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { tooLong } from '../../oidc/provider/parameter-limits.ts'
import { type Kept, keptKind } from '../../storage/artifacts/kept.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'

const PARAMETER = 'post_id'

/** The browser follows the redirect at once, but the person may reload the page later. */
const POSTED = keptKind<{ path: string; form: string }>('PostedRequest', { ttl: 5 * 60 })

/** The maximum length of a URL, so that a POST can send no more than a GET. */
const MAX_LENGTH = 16 * 1024

/**
 * The authorization endpoint and the end-session endpoint take their parameters by POST too (OIDC Core section 3.1.2.1,
 * RP-Initiated Logout section 2). A form posted from another site carries no cookies (SameSite=Lax), so the person would
 * seem to be signed out. The parameters are therefore stored for a few minutes, and the browser is redirected to a GET,
 * which carries its cookies; none of the parameters is in the URL. An authorization request is stored only if its client
 * and its redirect URI are known and its length is within the limits; any other is answered at once.
 */
export class PostRedirectGet {
  readonly #parts

  constructor(parts: { kept: Kept; forms: Forms; current: CurrentProvider }) {
    this.#parts = parts
  }

  /** Wraps the handler that answers GET at this path. */
  at(path: '/auth' | '/session/end', answer: Handler): Handler {
    return (ctx, next) => {
      if (ctx.path !== path) return answer(ctx, next)
      if (ctx.method === 'POST') return this.#parts.forms.read(ctx, () => this.#receive(ctx, () => answer(ctx, next)))
      return ctx.query[PARAMETER] === undefined ? answer(ctx, next) : this.#resume(ctx, () => answer(ctx, next))
    }
  }

  async #receive(ctx: Context, answer: () => Promise<unknown>): Promise<unknown> {
    if (ctx.querystring !== '') ctx.throw(400, 'send the parameters in the URL or in the body, not in both')
    const { form } = ctx.state
    if (form.toString().length > MAX_LENGTH) ctx.throw(413)
    if (
      ctx.path === '/auth' &&
      (tooLong(form) || !(await hasRegisteredRedirectUri(this.#parts.current.provider, form)))
    ) {
      ctx.method = 'GET'
      ctx.querystring = form.toString()
      return answer()
    }
    const id = newSecret(16)
    await this.#parts.kept.put(POSTED, id, { path: ctx.path, form: form.toString() })
    ctx.status = 303
    ctx.redirect(`${ctx.mountPath ?? ''}${ctx.path}?${PARAMETER}=${id}`)
  }

  /** Answers as if the stored parameters were in the URL, and ignores the other parameters there. */
  async #resume(ctx: Context, answer: () => Promise<unknown>): Promise<unknown> {
    const kept = await this.#parts.kept.look(POSTED, String(ctx.query[PARAMETER]))
    if (kept?.path !== ctx.path)
      throw new NotFound('this request has expired; go back to the application and try again', 'session_not_found')
    ctx.querystring = kept.form
    return answer()
  }
}
