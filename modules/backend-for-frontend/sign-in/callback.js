import { InvalidResponse, ProviderAway, ProviderRefused } from '../provider/errors.js'
import { redirect } from '../requests/answers.js'
import { queryOf } from '../requests/incoming.js'
import { inOneLine, Refusal } from '../requests/refusal.js'
import { failed } from './failure.js'
import { nameFor, startedSignIn } from './sign-in.js'

/** `GET /auth/callback`: the provider sends the browser back. @type {import('../routes.js').Route} */
export async function callback(request, app) {
  const { cookies, sessions, log, options } = app
  const query = queryOf(request)
  const state = query.get('state') ?? ''
  const started = startedSignIn(request, app, state)
  const done = started === undefined ? [] : [cookies.remove(nameFor(state))]
  try {
    if (started === undefined) return await unknown(request, app)
    const { tokens, claims } = await finished(query, started, app)
    const before = app.idIn(request)
    if (before !== undefined) await sessions.end(before)
    const id = await sessions.begin(tokens, claims)
    return redirect(`${options.url}${started.to}`, { cookies: [...done, cookies.set(app.cookieName, id)] })
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    const code = codeOf(error)
    log[code === 'access_denied' ? 'warn' : 'error'](`a sign-in failed: ${inOneLine(message)}`)
    return failed(app, { code, to: started?.to ?? '/', cookies: done })
  }
}

/**
 * Checks the answer (RFC 6749, section 4.1.2; RFC 9207), and redeems the code.
 * @param {URLSearchParams} query
 * @param {import('./sign-in.js').Started} started
 * @param {import('../application.js').Application} app
 */
async function finished(query, { nonce, verifier }, { provider, options }) {
  const metadata = await provider.metadata()
  const iss = query.get('iss')
  if (iss === null ? metadata.authorization_response_iss_parameter_supported : iss !== options.issuer)
    throw new InvalidResponse(`the answer is from another provider: iss is ${iss ?? 'missing'}, not ${options.issuer}`)
  const error = query.get('error')
  if (error !== null)
    throw new ProviderRefused('the authorization endpoint', {
      error,
      description: query.get('error_description') ?? undefined,
    })
  const code = query.get('code')
  if (code === null || query.getAll('code').length > 1) throw new InvalidResponse('the answer has no code, or several')
  const { idToken, ...tokens } = await provider.redeem(code, verifier)
  if (idToken === undefined) throw new InvalidResponse('the token endpoint answered without an ID token')
  return { tokens: { ...tokens, idToken }, claims: await provider.tokens.idToken(idToken, { nonce }) }
}

/**
 * An answer to a sign-in that this browser did not start: someone may want to sign the person in as someone else. A
 * browser that is signed in has only loaded the address again.
 * @type {import('../routes.js').Route}
 */
async function unknown(request, app) {
  const signedIn = await app.sessions.find(app.idIn(request))
  return signedIn === undefined ? failed(app, { code: 'unknown_sign_in', to: '/' }) : redirect(`${app.options.url}/`)
}

/** The code of the failure, as the page and the application know it. @param {unknown} error */
function codeOf(error) {
  if (error instanceof ProviderRefused) return /^[\w-]{1,64}$/.test(error.error) ? error.error : 'invalid_response'
  if (error instanceof InvalidResponse) return 'invalid_response'
  const away = error instanceof ProviderAway || (error instanceof Refusal && error.status === 503)
  return away ? 'temporarily_unavailable' : 'server_error'
}
