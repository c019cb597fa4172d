import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import { isWebUrl } from '../../clients/uris.ts'
import { clientInfo, type Screens } from '../provider/screens.ts'
import type { WithUpstreamSession } from './keep-upstream-session.ts'

/**
 * On a logout, ends the session's grants and tokens, including long-lived refresh tokens, which the library alone would
 * leave valid, and whatever another window has just obtained from the session. The session is found by its `uid`, even if
 * its id has changed.
 * Then sends the browser to the logout of the upstream provider, if it has one. A page does that, because browsers apply
 * the CSP (`form-action`) of a form, ours or the application's, to every redirect that follows. For the same reason a page
 * returns the browser to the application in response to our form, whether or not a session was ended; without our form the
 * redirect stays.
 */
export async function endSessionOnLogout(ctx: KoaContextWithOIDC, { app, screens }: { app: App; screens: Screens }) {
  const { route, client, issuer, provider } = ctx.oidc ?? {}
  const submitted = route === 'end_session_confirm'
  if (ctx.status !== 303 || !(submitted || route === 'end_session')) return
  const target = ctx.response.get('location')
  const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & WithUpstreamSession
  const { accountId, uid, upstreamSession } = session
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
