import { json } from '../requests/answers.js'
import { notSignedIn } from '../requests/refusal.js'

/** `GET /auth/me`: who is signed in. Asking does not prolong the session. @type {import('../routes.js').Route} */
export async function me(request, app) {
  const stored = await app.sessions.find(app.idIn(request), { quietly: true })
  if (stored === undefined) throw notSignedIn(app.signInPath)
  return json(shown(stored, app))
}

/** `POST /auth/refresh`: new tokens now, and with them the person's present roles. @type {import('../routes.js').Route} */
export async function refresh(request, app) {
  const id = app.idIn(request)
  const stored = await app.sessions.find(id)
  if (id === undefined || stored === undefined) throw notSignedIn(app.signInPath)
  return json(shown(await app.refreshing.now(id, stored), app))
}

/**
 * @param {import('../sessions/sessions.js').Stored} stored
 * @param {import('../application.js').Application} app
 */
function shown(stored, { options, sessions }) {
  const claims = options.claims.filter(name => Object.hasOwn(stored.claims, name))
  const expires = sessions.expiryOf(stored).toISOString()
  return { ...Object.fromEntries(claims.map(name => [name, stored.claims[name]])), expires }
}
