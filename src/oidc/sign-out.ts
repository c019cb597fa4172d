import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Visited } from './session-visits.ts'

/** The session with this `uid`, whatever it is called by now, and what its applications were given. */
export type EndSession = (accountId: string, uid: string) => Promise<void>

/** Sends the browser to where its visit (federation/visits.ts) ends too, if there is such a place, before it goes on. */
export type PassOn = (ctx: KoaContextWithOIDC, visit: string) => Promise<void>

/**
 * Signing out ends what the session's applications were given, long-lived refresh tokens included (the library alone would
 * let those live on), and what another window has just been given or has made of the session; then it is passed on.
 */
export function endSignedOut({ end, passOn }: { end: EndSession; passOn: PassOn }) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.method !== 'POST' || ctx.oidc?.route !== 'end_session_confirm' || ctx.status >= 500) return
    const session = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean } & Visited
    if (!session.destroyed || !session.accountId) return
    await end(session.accountId, session.uid)
    if (session.visit && ctx.status === 303) await passOn(ctx, session.visit)
  }
}
