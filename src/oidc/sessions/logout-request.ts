import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { People } from '../people/people.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'
import { BrowserSessions } from './browser-sessions.ts'
import { cookies } from './cookies.ts'

/**
 * Whether the person has to confirm a logout request (OIDC RP-Initiated Logout 1.0 section 2). Any site can send a browser
 * to the end-session endpoint, so a request alone does not show that the person wants to sign out. An ID token does: only
 * the application that the person signed in to has it, and an application that is part of the session may end it. So a
 * valid hint about this account and this session, from a client that takes part in it, needs no confirmation. It may have
 * expired, because it is not used to authenticate anyone. A logout ends the sessions of all accounts of the browser, and a
 * token is about one of them only, so while there are others the person always confirms. If no one is signed in, there is
 * nothing to confirm.
 */
export async function needsConfirmation(
  { method, oidc }: KoaContextWithOIDC,
  browser: BrowserSessions,
): Promise<boolean> {
  const { session, client, entities } = oidc
  if ((await browser.otherAccounts(session?.accountId)).length > 0) return true
  if (!session?.accountId) return false
  const { sub, sid } = entities.IdTokenHint?.payload ?? {}
  const authorization = client && new Map(Object.entries(session.authorizations ?? {})).get(client.clientId)
  const ofThisSession = authorization !== undefined && (sid === undefined || sid === authorization.sid)
  return method !== 'GET' || sub !== session.accountId || !ofThisSession
}

/**
 * Answers a logout request that needs no confirmation with a redirect to its destination. The library would send a page
 * with a form, and store a session for it. rp-initiated-logout.ts then ends the session of a person who is signed in.
 */
export async function skipConfirmation(
  ctx: KoaContextWithOIDC,
  { unit, app, people }: { unit: UnitOfWork; app: App; people: People },
): Promise<void> {
  if (ctx.oidc?.route !== 'end_session' || ctx.status !== 200) return
  if (await needsConfirmation(ctx, new BrowserSessions({ app, provider: ctx.oidc.provider, people }, ctx))) return
  const { session } = ctx.oidc
  unit.abandon()
  ctx.remove('Set-Cookie')
  if (session?.accountId) {
    const { names, long } = cookies(app.config)
    ctx.cookies.set(names.session, null, long)
    Object.assign(session, { destroyed: true })
  }
  ctx.status = 303
  ctx.redirect(destinationOf(ctx))
}

/** The registered address of the application, with the `state` of the request, or else our signed-out page. */
function destinationOf({ oidc }: KoaContextWithOIDC): string {
  const { post_logout_redirect_uri: registered, state, ui_locales: locales } = oidc.params ?? {}
  const url = new URL(typeof registered === 'string' ? registered : oidc.urlFor('end_session_success'))
  if (typeof registered === 'string' && typeof state === 'string') url.searchParams.set('state', state)
  if (typeof registered !== 'string' && typeof locales === 'string') url.searchParams.set('ui_locales', locales)
  return url.href
}
