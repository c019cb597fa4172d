import type { KoaContextWithOIDC } from 'oidc-provider'
import { isWebUrl } from '../../clients/uris.ts'
import { type ClientInfo, clientInfo } from '../provider/screens.ts'
import type { WithUpstreamSession } from './upstream-session-names.ts'

/** Ends the session with this `uid`, even if its id has changed, and the grants and tokens of its applications. */
export type EndSession = (accountId: string, uid: string) => Promise<void>

/** Responds with a page that sends the browser on to this URL of the application, in place of a redirect. */
export type LeadOn = (ctx: KoaContextWithOIDC, page: { client: ClientInfo; url: string }) => void

/**
 * Sends the browser to the upstream provider's logout first, if that provider has one.
 * `visit` names the upstream session (federation/sessions/upstream-sessions.ts).
 */
export type PassOn = (ctx: KoaContextWithOIDC, visit: string) => Promise<void>

/**
 * On a confirmed logout, ends the session's grants and tokens, including long-lived refresh tokens,
 * which the library alone would leave valid, and whatever another window has just obtained from the session.
 * Then passes the logout on to the upstream provider. The way back to the application is a page,
 * whether or not a session was ended, because the CSP (`form-action`) would block a redirect in response to the form.
 */
export function endSessionOnLogout({ end, passOn, leadOn }: { end: EndSession; passOn: PassOn; leadOn: LeadOn }) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.method !== 'POST' || ctx.oidc?.route !== 'end_session_confirm' || ctx.status >= 500) return
    const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & WithUpstreamSession
    if (session.destroyed && session.accountId) {
      await end(session.accountId, session.uid)
      if (session.upstreamSession && ctx.status === 303) await passOn(ctx, session.upstreamSession)
    }
    const url = ctx.status === 303 ? ctx.response.get('location') : ''
    if (ctx.oidc.client && isWebUrl(url) && !url.startsWith(`${ctx.oidc.issuer}/`))
      leadOn(ctx, { client: clientInfo(ctx.oidc.client), url })
  }
}

/** The registered `post_logout_redirect_uri` of the logout request; null if there is none, or it is not registered. */
export function postLogoutRedirectUri(ctx: object): string | null {
  const { client, params } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {}
  const address = params?.post_logout_redirect_uri
  return typeof address === 'string' && client?.postLogoutRedirectUriAllowed(address) ? address : null
}
