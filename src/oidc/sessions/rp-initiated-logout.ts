import type { KoaContextWithOIDC } from 'oidc-provider'
import { isWebUrl } from '../../clients/uris.ts'
import { type Relying, relying } from '../provider/screens.ts'
import type { WithUpstreamSession } from './upstream-session-names.ts'

/** The session with this `uid`, whatever it is called by now, and what its applications were given. */
export type EndSession = (accountId: string, uid: string) => Promise<void>

/** Answers with a page that leads the browser on to this address of the application, in place of a redirect. */
export type LeadOn = (ctx: KoaContextWithOIDC, page: { client: Relying; url: string }) => void

/** Sends the browser to where its visit (federation/sessions/upstream-sessions.ts) ends too, if there is such a place, before it goes on. */
export type PassOn = (ctx: KoaContextWithOIDC, visit: string) => Promise<void>

/**
 * Signing out ends what the session's applications were given, long-lived refresh tokens included (the library alone would
 * let those live on), and what another window has just been given or has made of the session; then it is passed on. A page leads back
 * to the application, whether or not anybody was signed out: else that were the redirect of a form.
 */
export function endSignedOut({ end, passOn, leadOn }: { end: EndSession; passOn: PassOn; leadOn: LeadOn }) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.method !== 'POST' || ctx.oidc?.route !== 'end_session_confirm' || ctx.status >= 500) return
    const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & WithUpstreamSession
    if (session.destroyed && session.accountId) {
      await end(session.accountId, session.uid)
      if (session.visit && ctx.status === 303) await passOn(ctx, session.visit)
    }
    const url = ctx.status === 303 ? ctx.response.get('location') : ''
    if (ctx.oidc.client && isWebUrl(url) && !url.startsWith(`${ctx.oidc.issuer}/`))
      leadOn(ctx, { client: relying(ctx.oidc.client), url })
  }
}

/** Where a request to sign out leads afterwards: an address that is registered for that, or null. */
export function afterSignOut(ctx: object): string | null {
  const { client, params } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {}
  const address = params?.post_logout_redirect_uri
  return typeof address === 'string' && client?.postLogoutRedirectUriAllowed(address) ? address : null
}
