import type { KoaContextWithOIDC } from 'oidc-provider'

/** The session with this `uid`, whatever it is called by now, and what its applications were given. */
export type EndSession = (accountId: string, uid: string) => Promise<void>

/**
 * Signing out ends what the session's applications were given, long-lived refresh tokens included (the library alone would
 * let those live on), and what another window has just been given or has made of the session.
 */
export function endSignedOut(end: EndSession) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.method !== 'POST' || ctx.oidc?.route !== 'end_session_confirm') return
    const { accountId, uid, destroyed } = ctx.oidc.session as { accountId?: string; uid: string; destroyed?: boolean }
    if (destroyed && accountId) await end(accountId, uid)
  }
}
