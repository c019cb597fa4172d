import { empty, json, refused } from './requests/answers.js'
import { pathOf } from './requests/incoming.js'
import { inOneLine, Refusal } from './requests/refusal.js'
import { requireSameOrigin } from './requests/same-origin.js'
import { backChannelLogout } from './sign-in/back-channel-logout.js'
import { callback } from './sign-in/callback.js'
import { me, refresh } from './sign-in/me.js'
import { signIn } from './sign-in/sign-in.js'
import { endProviderSession, signOut } from './sign-in/sign-out.js'

/** @typedef {(request: Incoming, app: Application) => Promise<Answer>} Route */

/**
 * What is below the path. `own`: only from pages of the application.
 * @type {Record<string, { method: 'GET' | 'POST', own?: true, answer: Route }>}
 */
const ROUTES = {
  '/sign-in': { method: 'GET', answer: signIn },
  '/callback': { method: 'GET', answer: callback },
  '/me': { method: 'GET', answer: me },
  '/refresh': { method: 'POST', own: true, answer: refresh },
  '/sign-out': { method: 'POST', own: true, answer: signOut },
  '/end-session': { method: 'GET', answer: endProviderSession },
  '/back-channel-logout': { method: 'POST', answer: backChannelLogout },
}

/**
 * The answer to a request below the path, or null for a request that is the application's own.
 * @param {Application} app
 * @param {Incoming} request
 * @returns {Promise<Answer> | null}
 */
export function answerTo(app, request) {
  const { path } = app.options
  const requested = pathOf(request)
  if (requested !== path && !requested.startsWith(`${path}/`)) return null
  return guarded(app, () => routed(app, request, requested.slice(path.length)))
}

/** @param {Application} app @param {Incoming} request @param {string} name */
async function routed(app, request, name) {
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined
  if (route === undefined) return json({ error: 'not_found' }, { status: 404 })
  if (request.method !== route.method) return empty(405, { allow: route.method })
  if (route.own) requireSameOrigin(request, app.options.url)
  return route.answer(request, app)
}

/**
 * Turns an error into an answer; one that is not expected is logged.
 * @param {Application} app
 * @param {() => Promise<Answer>} work
 */
export async function guarded(app, work) {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) return refused(error)
    app.log.error(`a request failed: ${inOneLine(error instanceof Error ? (error.stack ?? error) : error)}`)
    return json({ error: 'server_error', message: 'The error has been logged.' }, { status: 500 })
  }
}

/**
 * @typedef {import('./application.js').Application} Application
 * @typedef {import('./requests/incoming.js').Incoming} Incoming
 * @typedef {import('./requests/answers.js').Answer} Answer
 */
