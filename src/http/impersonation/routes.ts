import { epoch } from '../../base/clock.ts'
import { Forbidden } from '../../base/refusals.ts'
import type { Impersonation } from '../../lifecycle/impersonation/impersonation.ts'
import { reaches } from '../../login/assurance.ts'
import { signInUrl } from '../../oidc/clients/own-client.ts'
import { returnToOwnSession, startImpersonation } from '../../oidc/impersonation/browser-switch.ts'
import { TWO_FACTORS } from '../../oidc/people/acr.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { type SignedIn, signedIn } from '../../oidc/sessions/signed-in.ts'
import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import { form, handleRoute, page, type Route } from '../kit/pages/route.ts'
import { type Context, createRoutes, type Routes } from '../kit/request/context.ts'

/** Seconds since the administrator signed in with a second factor. */
const FRESH = 5 * 60

type Parts = PageParts & { current: CurrentProvider }

class ImpersonationRequest extends PageRequest {
  readonly current: CurrentProvider

  constructor(parts: Parts, ctx: Context) {
    super(parts, ctx)
    this.current = parts.current
  }
}

/** An administrator acts as someone else: the page behind the link that starts it, and its end. */
const ROUTES: readonly Route<ImpersonationRequest>[] = [
  page('/impersonation/ended', endedPage),
  form('/impersonation/end', end),
  page('/impersonation/:token', startPage),
  form<ImpersonationRequest, 'refused' | 'gone'>('/impersonation/:token', start, {
    refusals: { link_invalid: 'gone', forbidden: 'refused', suspended: 'refused', not_found: 'refused' },
    onRefusal: (request, { code }) =>
      code === 'gone' ? request.linkInvalid() : request.answer('impersonation/refused', {}),
  }),
]

export function impersonationRoutes(parts: Parts): Routes {
  const router = createRoutes()
  for (const route of ROUTES) {
    const handle = (ctx: Context) => handleRoute(route, new ImpersonationRequest(parts, ctx))
    if (route.method === 'get') router.get(route.path, handle)
    else router.post(route.path, parts.forms.read, handle)
  }
  return router
}

async function startPage(request: ImpersonationRequest): Promise<void> {
  const found = await enter(request)
  if (!found) return
  const { account, minutes, reason } = found.impersonation
  const person = { name: account.name ?? null, email: account.email }
  const form = request.form(`impersonation/${request.token}`)
  request.answer('impersonation/start', { ...form, person, reason, minutes })
}

async function start(request: ImpersonationRequest): Promise<void> {
  const { ctx, current, app } = request
  const found = await enter(request)
  if (!found) return
  const { uid, signedInAt, person } = found.signed
  const by = { ...request.by, kind: 'account', id: person.id, signedInAt } as const
  await startImpersonation({ app, current }, ctx, found.impersonation, { uid, signedInAt, by })
  request.redirect(request.action('account'))
}

/** Only in the administrator's own browser session, and with a fresh second factor. @returns null if it has answered */
async function enter(
  request: ImpersonationRequest,
): Promise<{ signed: SignedIn; impersonation: Impersonation } | null> {
  const { app, ctx, current, token } = request
  const signed = await signedIn(app, current, ctx)
  if (signed?.impersonation) throw new Forbidden('you already act as someone else; end that first', 'impersonated')
  const impersonation = signed && (await app.impersonations.look(token, signed.person.id))
  if (signed && !impersonation) {
    request.linkInvalid()
    return null
  }
  const age = epoch(app.clock.now()) - (signed?.signedInAt ?? 0)
  if (impersonation && age <= FRESH && reaches(signed.level, '2fa')) return { signed, impersonation }
  if (signed && !signed.person.secondFactor) request.answer('impersonation/second-factor-needed', {}, 403)
  else request.redirect(signInUrl(app.config, `/impersonation/${token}`, { maxAge: FRESH, acr: TWO_FACTORS }))
  return null
}

async function end(request: ImpersonationRequest): Promise<void> {
  const { app, by: visitor, ctx, current } = request
  const { impersonation: mark } = (await signedIn(app, current, ctx)) ?? {}
  const impersonation = mark && (await app.impersonationEnds.find(mark.id))
  if (impersonation) {
    const by = { ...visitor, kind: 'account', id: mark.by, signedInAt: mark.since } as const
    await app.impersonationEnds.end(impersonation, 'button', { by })
    await returnToOwnSession({ app, current }, ctx, impersonation, { by: visitor })
  }
  request.redirect(request.action('impersonation/ended'))
}

async function endedPage(request: ImpersonationRequest): Promise<void> {
  const signed = await signedIn(request.app, request.current, request.ctx)
  request.answer('impersonation/ended', { email: signed?.person.email ?? null })
}
