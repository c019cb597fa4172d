import { page, redirect } from '../requests/answers.js'

const AGAIN = {
  status: 502,
  title: 'Sign-in failed',
  text: 'You have not been signed in. Try again; if it happens again, tell the operator of this site.',
}
const NOT_ALLOWED = { ...AGAIN, text: 'The sign-in service did not accept this site. Tell the operator of this site.' }
const UNSEEN = { status: 403, title: 'You need to sign in', text: 'You are not signed in yet.' }

/** @type {Record<string, { status: number, title: string, text: string }>} */
const CAUSES = {
  access_denied: {
    status: 403,
    title: 'Sign-in cancelled',
    text: 'You have not been signed in, and nothing was shared.',
  },
  login_required: UNSEEN,
  interaction_required: UNSEEN,
  consent_required: UNSEEN,
  account_selection_required: UNSEEN,
  temporarily_unavailable: {
    status: 503,
    title: 'Sign-in is not available',
    text: 'The sign-in service does not answer. Try again in a few seconds.',
  },
  unknown_sign_in: {
    status: 400,
    title: 'This sign-in has expired',
    text: 'It was started too long ago, or in another browser.',
  },
  unmet_authentication_requirements: {
    status: 403,
    title: 'A stronger sign-in is required',
    text: 'The sign-in service could not confirm your identity strongly enough.',
  },
  invalid_response: AGAIN,
  invalid_grant: AGAIN,
  server_error: AGAIN,
}

/**
 * The way back from a sign-in that failed.
 * @param {import('../application.js').Application} app
 * @param {{ code: string, to: string, cookies?: string[] }} failure
 */
export function failed({ options, signInPath }, { code, to, cookies = [] }) {
  const { url, signInErrors } = options
  if (signInErrors === 'application') {
    const location = new URL(`${url}${to}`)
    location.searchParams.set('sign_in_error', code)
    return redirect(location.href, { cookies })
  }
  const { status, title, text } = Object.hasOwn(CAUSES, code) ? (CAUSES[code] ?? AGAIN) : NOT_ALLOWED
  /** @type {[string, string][]} */
  const links = [
    ['Try again', `${signInPath}?${new URLSearchParams({ to })}`],
    ['Home page', '/'],
  ]
  return page({ title, text, links }, { status, cookies })
}
