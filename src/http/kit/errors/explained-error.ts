import { InvalidInput, StoreUnavailable } from '../../../base/refusals.ts'
import { TokenRefused } from '../../../oidc/bearer/token-refused.ts'
import type { Explanation } from '../../../requests/refused-request.ts'
import { errorResponse } from './error-responses.ts'

/** What was expected, and what to do, for `gatehouse why`. */
type Advice = readonly [expected: string | null, fix: string | null]

const START_AGAIN = 'Start again in the application.'

/** By the code of the answer; codes that say everything themselves are left out. */
const ADVICE: Readonly<Record<string, Advice>> = {
  wrong_credentials: [
    'the email or username of an account, and a password, passkey or code of it',
    'The events below say which account it was, if any, and what was wrong. A person who forgot the password uses "Forgot password?", or you run gatehouse recover ACCOUNT.',
  ],
  too_many_attempts: [
    'fewer attempts in that time',
    'Wait, or run gatehouse accounts unlock ACCOUNT if it is an account that is locked.',
  ],
  too_many_requests: [
    'fewer requests from one IP address',
    'Wait. The limits are settings: see gatehouse config explain.',
  ],
  token_required: ['an access token in the Authorization header', 'Send "Authorization: Bearer TOKEN".'],
  invalid_token: [
    'an access token for this API that is neither expired nor revoked',
    'Get a new token for this API: its address must be the resource of the token request.',
  ],
  invalid_dpop_proof: ['a fresh DPoP proof for this method and address, by the key of the token', null],
  insufficient_scope: [
    null,
    'Ask for this scope; the client must be registered with it, and the roles of the person must permit it.',
  ],
  insufficient_user_authentication: [
    'a more recent or stronger sign-in',
    'Let the person sign in again, and use the new token.',
  ],
  forbidden: [null, 'An administrator with these rights can do it; docs/admin-api.md says who may do what.'],
  forbidden_form: [
    'a form that was sent from its own page, in the same browser, with cookies',
    'Open the page again and send it from there. If it happens to everyone, check that PUBLIC_URL is the address that browsers use.',
  ],
  signed_out: ['a session that has not ended', 'Sign in again.'],
  link_invalid: ['the newest link, opened once, before it expires', 'Request a new email or link.'],
  other_browser: ['the browser in which the link was requested', 'Open the link in that browser, or start again.'],
  session_not_found: ['a sign-in that was begun in this browser, not long ago', START_AGAIN],
  upstream_lost: ['the answer to a sign-in that was begun in this browser, once', START_AGAIN],
  upstream_unavailable: ['an answer of the upstream provider', 'Run gatehouse providers check, and look at the log.'],
  upstream_broken: ['a valid answer of the upstream provider', 'Run gatehouse providers check, and look at the log.'],
  suspended: ['an account that is not suspended', 'gatehouse accounts reinstate ACCOUNT lifts the suspension.'],
  precondition_failed: ['the ETag of the newest version', 'Read it again, and repeat the change with the new ETag.'],
  invalid_input: ['valid values for these fields', 'Correct the fields that are named, and send it again.'],
  busy: ['a server that has time', 'Wait and try again. If it lasts, see docs/operate.md, "Limits" and "Scaling".'],
  temporarily_unavailable: [
    'that PostgreSQL and Redis answer',
    'Run gatehouse config check. docs/operate.md says what happens while one of them is down.',
  ],
  server_error: [
    null,
    'Something failed inside Gatehouse. Look for this request ID in the log: its line has the error and where it happened.',
  ],
}

/** Explains an error that became a page or problem details. Nothing is repeated of an error that was not expected. */
export function explainError(error: unknown): Explanation {
  const { code, detail } = errorResponse(error)
  const [expected = null, fix = null] = ADVICE[code] ?? []
  const scope = error instanceof TokenRefused ? error.challenge.scope : undefined
  return {
    error: code,
    problem: problemOf(error, detail),
    expected: [...(scope === undefined ? [] : [`the scope ${scope}`]), ...(expected === null ? [] : [expected])],
    fix,
  }
}

function problemOf(error: unknown, detail: string): string {
  if (error instanceof StoreUnavailable) return `${error.store} did not answer, or could not do its work`
  if (error instanceof InvalidInput)
    return Array.from(Object.entries(error.fields), ([field, problem]) => `${field}: ${problem}`).join('; ')
  return detail.startsWith('Failed to decode') ? 'the path is not valid percent-encoding' : detail
}
