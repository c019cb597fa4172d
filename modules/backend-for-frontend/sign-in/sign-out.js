import { json, redirect } from '../requests/answers.js'
import { Refusal } from '../requests/refusal.js'
import { randomSecret } from '../sessions/sealing.js'
import { keyOf } from '../sessions/sessions.js'

const KIND = 'end-session'
/** Seconds between signing out here and at the provider. */
const SOON = 120

/**
 * `POST /auth/sign-out`: ends the session, and says where the browser has to go so that the provider ends its own: an
 * address of ours, since that of the provider contains the ID token, which no script may see. A form is redirected.
 * @type {import('../routes.js').Route}
 */
export async function signOut(request, app) {
  const { cookies, sessions, sealing, store, provider, options } = app
  const id = app.idIn(request)
  const { stored, refreshToken } = id === undefined ? {} : await sessions.end(id)
  if (refreshToken !== undefined) await provider.revoke(refreshToken)
  const location = `${options.path}/end-session`
  const removed = cookies.remove(app.cookieName)
  const set = { cookies: [removed] }
  if (stored !== undefined) {
    const key = randomSecret()
    await store.set(keyOf(KIND, key), sealing.seal(stored.idToken, KIND, key), SOON)
    set.cookies.push(cookies.set(KIND, key, SOON))
  }
  const accept = request.header('accept') ?? ''
  return accept.includes('text/html') ? redirect(`${options.url}${location}`, set) : json({ location }, set)
}

/**
 * `GET /auth/end-session`: sends the browser to the provider (OpenID Connect RP-Initiated Logout 1.0). Only the browser
 * itself may come here, not a script that reads the answer.
 * @type {import('../routes.js').Route}
 */
export async function endProviderSession(request, app) {
  const { cookies, sealing, store, provider, options, log } = app
  const mode = request.header('sec-fetch-mode')
  if (mode !== undefined && mode !== 'navigate')
    throw new Refusal(403, 'navigation_only', 'Open this address in the browser: location.assign(address).')
  const home = `${options.url}${options.afterSignOut}`
  const key = cookies.get(request, KIND)
  if (key === undefined) return redirect(home)
  const set = { cookies: [cookies.remove(KIND)] }
  try {
    const { end_session_endpoint } = await provider.metadata()
    const sealed = await store.take(keyOf(KIND, key))
    const idToken = sealed == null ? undefined : sealing.open(sealed, KIND, key)
    if (end_session_endpoint === undefined || typeof idToken !== 'string') return redirect(home, set)
    const location = new URL(end_session_endpoint)
    location.searchParams.set('id_token_hint', idToken)
    location.searchParams.set('client_id', options.clientId)
    location.searchParams.set('post_logout_redirect_uri', home)
    return redirect(location.href, set)
  } catch (error) {
    log.error(`the session of the provider could not be ended: ${/** @type {Error} */ (error).message}`)
    return redirect(home, set)
  }
}
