import { InvalidResponse } from '../provider/errors.js'
import { empty, json } from '../requests/answers.js'
import { readForm } from '../requests/incoming.js'
import { unavailable } from '../requests/refusal.js'

/**
 * `POST /auth/back-channel-logout`: the provider itself, not a browser, says that a session has ended. Answers 200 for a
 * valid logout token, whether or not there is such a session, and 400 for any other (OpenID Connect Back-Channel Logout
 * 1.0, section 2.8).
 * @type {import('../routes.js').Route}
 */
export async function backChannelLogout(request, { provider, sessions, log }) {
  const token = (await readForm(request))('logout_token')
  try {
    if (token === undefined) throw new InvalidResponse('there is no logout_token in the form')
    await sessions.endOf(await provider.tokens.logoutToken(token))
    return empty(200)
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error)
    if (name === 'Refusal') throw error
    log.warn(`a logout token was refused: ${message}`)
    if (error instanceof InvalidResponse)
      return json({ error: 'invalid_request', error_description: message }, { status: 400 })
    throw unavailable('The logout token could not be verified.', error)
  }
}
