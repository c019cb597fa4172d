import { createHash } from 'node:crypto'
import { redirect } from '../requests/answers.js'
import { queryOf } from '../requests/incoming.js'
import { localPath } from '../requests/local-path.js'
import { digest, randomSecret } from '../sessions/sealing.js'
import { failed } from './failure.js'

/** Seconds that a person has for signing in. */
const PATIENCE = 3600
/** Tabs in which a sign-in can be under way at the same time. */
const MOST_TABS = 5
const NAME = 'sign-in-'
/** What a link of the application may add to the request. */
const PASSED_ON = ['prompt', 'login_hint', 'ui_locales', 'acr_values', 'idp_hint']

/**
 * What is known of a sign-in under way. It is sealed in a cookie of the browser, so that requests of people who never
 * come back fill no store.
 * @typedef {{ nonce: string, verifier: string, to: string, ends: number }} Started
 */

/** `GET /auth/sign-in?to=/path`: sends the browser to the provider. @type {import('../routes.js').Route} */
export async function signIn(request, app) {
  const { provider, cookies, sealing, options, log } = app
  const { clientId, url, path, scope, resource, clock } = options
  const query = queryOf(request)
  const to = localPath(query.get('to'), options)
  const state = randomSecret()
  /** @type {Started} */
  const started = { nonce: randomSecret(), verifier: randomSecret(), to, ends: clock.now().getTime() + PATIENCE * 1000 }

  let location
  try {
    location = new URL((await provider.metadata()).authorization_endpoint)
  } catch (error) {
    log.error(`a sign-in could not begin: ${/** @type {Error} */ (error).message}`)
    return failed(app, { code: 'temporarily_unavailable', to })
  }
  const parameters = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: `${url}${path}/callback`, scope, state },
    nonce: started.nonce,
    code_challenge: createHash('sha256').update(started.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(resource !== undefined && { resource }),
  }
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
  for (const name of PASSED_ON) {
    const value = query.get(name)
    if (value) location.searchParams.set(name, value)
  }

  const others = cookies.all(request).filter(([name]) => name.startsWith(NAME))
  const forgotten = others.slice(0, Math.max(0, others.length + 1 - MOST_TABS)).map(([name]) => cookies.remove(name))
  const cookie = cookies.set(nameFor(state), sealing.seal(started, 'sign-in', state), PATIENCE)
  return redirect(location.href, { cookies: [...forgotten, cookie] })
}

/**
 * The sign-in that this browser has started with this state.
 * @param {import('../requests/incoming.js').Incoming} request
 * @param {import('../application.js').Application} app
 * @param {string} state
 * @returns {Started | undefined}
 */
export function startedSignIn(request, { cookies, sealing, options }, state) {
  const sealed = cookies.get(request, nameFor(state))
  if (sealed === undefined) return undefined
  const started = /** @type {Started | undefined} */ (sealing.open(sealed, 'sign-in', state))
  return started !== undefined && started.ends > options.clock.now().getTime() ? started : undefined
}

/** @param {string} state */
export function nameFor(state) {
  return `${NAME}${digest(state).slice(0, 16)}`
}
