import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import { isWebUrl } from '../../clients/uris.ts'
import { clientInfo, type Screens } from '../provider/screens.ts'
import type { WithUpstreamSession } from './keep-upstream-session.ts'

/**
 * On a confirmed logout, ends the session's grants and tokens, including long-lived refresh tokens,
 * which the library alone would leave valid, and whatever another window has just obtained from the session.
 * The session is found by its `uid`, even if its id has changed.
 * Then sends the browser to the logout of the upstream provider, if it has one. A page returns the browser to the
 * application, whether or not a session was ended, because the CSP (`form-action`) would block a redirect in response
 * to the form.
 */
export async function endSessionOnLogout(ctx: KoaContextWithOIDC, { app, screens }: { app: App; screens: Screens }) {
  if (ctx.method !== 'POST' || ctx.oidc?.route !== 'end_session_confirm' || ctx.status >= 500) return
  const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & WithUpstreamSession
  const { accountId, uid, upstreamSession } = session
  if (session.destroyed && accountId) {
    await app.scope(() => app.sessions.drop(accountId, uid))
    const target = ctx.response.get('location')
    const logout =
      upstreamSession && ctx.status === 303
        ? await app.scope(() => app.upstreamLogouts.begin(upstreamSession, target))
        : null
    if (logout) screens.upstreamLogout(ctx, logout)
  }
  const url = ctx.status === 303 ? ctx.response.get('location') : ''
  if (ctx.oidc.client && isWebUrl(url) && !url.startsWith(`${ctx.oidc.issuer}/`))
    screens.returnToClient(ctx, { client: clientInfo(ctx.oidc.client), url })
}

/** The registered `post_logout_redirect_uri` of the logout request; null if there is none, or it is not registered. */
export function postLogoutRedirectUri(ctx: object): string | null {
  const { client, params } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {}
  const uri = params?.post_logout_redirect_uri
  return typeof uri === 'string' && client?.postLogoutRedirectUriAllowed(uri) ? uri : null
}
