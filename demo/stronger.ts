import type { WWWAuthenticateChallengeError } from 'openid-client'

/** What an API asks for beyond being signed in, in the parameters of the request that gets it (RFC 9470, section 4). */
export interface Stronger {
  acr_values?: string
  max_age?: string
}

/** What the API's refusal asks for; nothing where it was refused for something else. */
export function strongerSignIn(refusal: WWWAuthenticateChallengeError | undefined): Stronger | undefined {
  const { parameters } = refusal?.cause.find(({ scheme }) => scheme === 'bearer') ?? {}
  if (parameters?.error !== 'insufficient_user_authentication') return undefined
  const { acr_values, max_age } = parameters
  return { ...(acr_values != null && { acr_values }), ...(max_age != null && { max_age }) }
}
