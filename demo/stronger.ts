import type { WWWAuthenticateChallengeError } from 'openid-client'

/** The step-up that an API requires, as parameters of the authorization request (RFC 9470, section 4). */
export interface Stronger {
  acr_values?: string
  max_age?: string
}

/** The step-up that the API's challenge asks for; undefined where it refused for another reason. */
export function strongerSignIn(refusal: WWWAuthenticateChallengeError | undefined): Stronger | undefined {
  const { parameters } = refusal?.cause.find(({ scheme }) => scheme === 'bearer') ?? {}
  if (parameters?.error !== 'insufficient_user_authentication') return undefined
  const { acr_values, max_age } = parameters
  return { ...(acr_values != null && { acr_values }), ...(max_age != null && { max_age }) }
}
