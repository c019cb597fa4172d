/** Errors: a text for the person, and the protocol's code and description for the developer. */
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'

export interface Problem {
  status: number
  title: string
  text: string
  /** The protocol's code and description, shown in a collapsed section. */
  developer?: { code: string; description?: string }
  /** The sign-in has ended at the provider. */
  signedOut?: boolean
}

export const NOT_FOUND: Problem = { status: 404, title: 'No such page', text: 'Check the address.' }

export const FOREIGN_FORM: Problem = {
  status: 403,
  title: 'This form has expired',
  text: 'It belongs to another session. Go back, reload the page, and try again.',
}

export const UNKNOWN_SIGN_IN: Problem = {
  status: 400,
  title: 'This sign-in cannot be completed here',
  text: 'It was started in another browser, is already complete, or took too long. Sign in again.',
}

const FAULT: Problem = { status: 500, title: 'Something went wrong', text: 'The error has been logged.' }

const MISCONFIGURED: Problem = {
  status: 502,
  title: 'The provider did not accept this application',
  text: 'Its request does not match its registration. The developer of the application can fix that.',
}

const UNREACHABLE: Problem = {
  status: 502,
  title: 'The provider does not answer',
  text: 'It may still be starting. Try again in a few seconds.',
}

const INVALID_RESPONSE: Problem = {
  status: 502,
  title: 'The provider’s answer was not accepted',
  text: 'It did not pass every check, so you have not been signed in. Try again; if it happens again, tell the developer.',
}

const NEEDS_INTERACTION: Problem = {
  status: 400,
  title: 'You need to sign in',
  text: 'The provider needs to show you a page, and the application did not allow that.',
}

// RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6; RFC 9470, section 5.
const ANSWERS: Record<string, Problem> = {
  access_denied: {
    status: 403,
    title: 'You cancelled',
    text: 'Nothing was shared. You can change your mind at any time.',
  },
  login_required: { ...NEEDS_INTERACTION, text: 'You are not signed in at the provider.' },
  interaction_required: NEEDS_INTERACTION,
  consent_required: NEEDS_INTERACTION,
  account_selection_required: NEEDS_INTERACTION,
  unmet_authentication_requirements: {
    status: 403,
    title: 'A stronger sign-in is required',
    text: 'The provider could not confirm your identity strongly enough. You are still signed in.',
  },
  temporarily_unavailable: { ...UNREACHABLE, status: 503, title: 'The provider is busy' },
  server_error: { ...UNREACHABLE, title: 'The provider had an error' },
}

const SIGNED_OUT: Problem = {
  status: 401,
  title: 'You have been signed out',
  text: 'The provider no longer accepts this sign-in: the session was ended there, it expired, or the account changed.',
  signedOut: true,
}

/** The codes of openid-client where the provider, or a proxy in front of it, gave no usable response. */
const NO_ANSWER = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

/** Converts an error into a page. Unexpected errors show no details. */
export function explain(error: unknown): Problem {
  if (error instanceof AuthorizationResponseError) {
    return { ...(ANSWERS[error.error] ?? MISCONFIGURED), developer: detailsOf(error) }
  }
  if (error instanceof ResponseBodyError) {
    const known = error.error === 'invalid_grant' ? SIGNED_OUT : (ANSWERS[error.error] ?? MISCONFIGURED)
    return { ...known, developer: detailsOf(error) }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const { error: code = 'unauthorized', error_description } = error.cause[0]?.parameters ?? {}
    return { ...MISCONFIGURED, developer: { code, description: error_description } }
  }
  if (error instanceof ClientError) {
    const problem = NO_ANSWER.includes(error.code ?? '') ? UNREACHABLE : INVALID_RESPONSE
    return { ...problem, developer: { code: error.code ?? error.name, description: error.message } }
  }
  if (error instanceof TypeError && error.message === 'fetch failed') return UNREACHABLE
  return FAULT
}

function detailsOf({ error, error_description }: AuthorizationResponseError | ResponseBodyError) {
  return { code: error, description: error_description }
}
