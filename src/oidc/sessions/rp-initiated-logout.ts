import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { isWebUrl } from '../../clients/uris.ts'
import type { People } from '../people/people.ts'
import { clientInfo, type Screens } from '../provider/screens.ts'
import { BrowserSessions } from './browser-sessions.ts'
import type { WithUpstreamSession } from './keep-upstream-session.ts'

interface Parts {
  app: App
  people: People
  screens: Screens
}

/**
 * Asks before the other accounts of this browser are signed out, if the current session has ended: without a current
 * account, a logout request needs no confirmation otherwise, so any site could cause it (O-01).
 * @returns whether the page was shown
 */
export async function confirmLogoutOfOthers(
  ctx: KoaContextWithOIDC,
  { app, people, screens }: Parts,
): Promise<boolean> {
  if (ctx.oidc?.route !== 'end_session' || ctx.status !== 200 || ctx.oidc.session?.accountId) return false
  const { client, provider, session } = ctx.oidc
  const others = await new BrowserSessions({ app, provider, people }, ctx).otherAccounts(undefined)
  if (others.length === 0) return false
  const state = session?.state as { secret: string } | undefined
  screens.confirmSignOut(ctx, {
    client: client ? clientInfo(client) : null,
    action: ctx.oidc.urlFor('end_session_confirm'),
    xsrf: state?.secret ?? '',
    email: null,
    others: others.map(({ person }) => person.email),
  })
  return true
}

/**
 * On a logout, ends the session's grants and tokens, including long-lived refresh tokens, which the library alone would
 * leave valid, and whatever another window has just obtained from the session. The session is found by its `uid`, even if
 * its id has changed. The other accounts of the browser are signed out too, so that no one stays signed in in it.
 * Then sends the browser to the logout of the upstream provider, if it has one. A page does that, because browsers apply
 * the CSP (`form-action`) of a form, ours or the application's, to every redirect that follows. For the same reason a page
 * returns the browser to the application in response to our form, whether or not a session was ended; without our form the
 * redirect stays.
 */
export async function endSessionOnLogout(ctx: KoaContextWithOIDC, { app, people, screens }: Parts): Promise<void> {
  const { route, client, issuer, provider } = ctx.oidc ?? {}
  const submitted = route === 'end_session_confirm'
  if (ctx.status !== 303 || !(submitted || route === 'end_session')) return
  const target = ctx.response.get('location')
  const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & WithUpstreamSession
  const { accountId, uid, upstreamSession } = session
  if (session.destroyed) {
    const others = new BrowserSessions({ app, provider, people }, ctx)
    const about = { by: ctx.state.visitor as Actor, target: client?.clientId ?? null }
    await app.scope(() => others.endOthers(about))
  }
  if (session.destroyed && accountId) {
    await app.scope(() => app.sessions.drop(accountId, uid))
    if (!submitted) provider.emit('end_session.success', ctx)
    const logout = upstreamSession ? await app.scope(() => app.upstreamLogouts.begin(upstreamSession, target)) : null
    if (logout) screens.upstreamLogout(ctx, logout)
  }
  const leaves = ctx.status === 303 && isWebUrl(target) && !target.startsWith(`${issuer}/`)
  if (submitted && client && leaves) screens.returnToClient(ctx, { client: clientInfo(client), url: target })
}

/** The registered `post_logout_redirect_uri` of the logout request; null if there is none, or it is not registered. */
export function postLogoutRedirectUri(ctx: object): string | null {
  const { client, params } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {}
  const uri = params?.post_logout_redirect_uri
  return typeof uri === 'string' && client?.postLogoutRedirectUriAllowed(uri) ? uri : null
}
