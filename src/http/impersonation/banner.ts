import type { App } from '../../app.ts'
import { isId } from '../../base/ids.ts'
import { returnToOwnSession } from '../../oidc/impersonation/browser-switch.ts'
import { impersonationIdIn } from '../../oidc/impersonation/mark.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { cookies } from '../../oidc/sessions/cookies.ts'
import { type SignedIn, signedIn } from '../../oidc/sessions/signed-in.ts'
import type { Context, Handler, ImpersonationBanner } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'

interface Parts {
  app: App
  current: CurrentProvider
  forms: Forms
}

/** The first segments of paths that show people no pages. */
const FOR_PROGRAMS = /^\/(assets|healthz|readyz|api(?!\/docs)|token|me|jwks|request|reg|\.well-known)(\/|$)/

/** The page that says that it is over. It is shown also to a browser that has not been led back yet. */
const ENDED = '/impersonation/ended'

/**
 * Describes the impersonation that takes place in a browser, which every page then shows (views/layout.eta). When it is
 * over, the next request is answered with a page that says so, so that the administrator does not go on in the belief that
 * they act as the person. The id of the session tells whether there is anything to look up.
 */
export function describeImpersonation(parts: Parts): Handler {
  const { app, current } = parts
  const { session } = cookies(app.config).names
  return async (ctx, next) => {
    const id = impersonationIdIn(ctx.cookies.get(session, { signed: false }))
    if (id === null || FOR_PROGRAMS.test(ctx.path)) return next()
    const signed = await signedIn(app, current, ctx)
    if (!signed) return (await app.scope(() => leave(parts, ctx, id))) ? undefined : next()
    ctx.state.impersonation = await described(parts, ctx, signed)
    // What is done in the session is done by the administrator, and recorded so.
    if (signed.impersonation) ctx.state.visitor = { ...ctx.state.visitor, kind: 'account', id: signed.impersonation.by }
    return next()
  }
}

async function described({ app, current, forms }: Parts, ctx: Context, { person, impersonation }: SignedIn) {
  if (!impersonation) return null
  const administrator = await current.people.find(impersonation.by)
  const action = `${app.config.basePath}/impersonation/end`
  const banner: ImpersonationBanner = {
    person: person.name || person.email,
    administrator: administrator?.name || administrator?.email || '',
    until: new Date(impersonation.until * 1000),
    reason: impersonation.reason,
    ...{ action, csrf: forms.token(ctx, action) },
  }
  return banner
}

/**
 * Records the end, and leads the browser back. Two requests are not replaced by the page that says so: a logout request is
 * repeated in the administrator's own session, where it needs their consent; and an authorization request goes on without a
 * session, because one in a frame, with `prompt=none`, can only get `login_required`. Any other begins a sign-in, whose
 * first page leads here again.
 * @returns whether it has answered
 */
async function leave({ app, current }: Parts, ctx: Context, id: string): Promise<boolean> {
  const impersonation = isId(id) ? await app.impersonationEnds.find(id) : null
  if (impersonation) await app.impersonationEnds.settle(impersonation)
  const logout = ctx.path === '/session/end'
  // The parameters of a POST come again in a GET (server/post-redirect-get.ts).
  if (ctx.path === '/auth' || ctx.path === ENDED || (logout && ctx.method !== 'GET')) return false
  const { visitor: by } = ctx.state
  const led = await returnToOwnSession({ app, current }, ctx, impersonation, { by })
  if (logout && !led) return false
  ctx.status = 303
  ctx.redirect(app.config.basePath + (logout ? ctx.path + ctx.search : ENDED))
  return true
}
