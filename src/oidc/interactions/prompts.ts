/** What the prompts of the library mean for the pages. */

/** Prompt reasons for which a signed-in person proves only what is missing, and does not re-authenticate. */
export const STEP_UP: ReadonlySet<string> = new Set(['acr', 'second_factor', 'verified_email'])

/** The page that comes first for a person who has to be identified, by the prompt of the library. */
export const FIRST_PAGE = { login: 'sign-in', select_account: 'choose-account', create: 'register' } as const

/** The prompts before `login` that a sign-in answers, by the prompt in which it happens; an answer holds for the rest. */
export const ANSWERED: Record<string, readonly string[]> = {
  login: [],
  select_account: ['select_account'],
  create: ['create', 'select_account'],
}

/** An error response of the authorization endpoint. */
export interface Refusal {
  error: 'access_denied' | 'login_required'
  error_description: string
}
