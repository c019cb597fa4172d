/** What the page says, once, about what has just happened. */
import type { WWWAuthenticateChallengeError } from 'openid-client'

export interface Notice {
  tone: 'good' | 'bad'
  title: string
  /** A sentence for the person. */
  text?: string
  /** What was received, as it was. */
  detail?: string
  /** Whether only a new sign-in helps. */
  signInAgain?: boolean
}

export async function answerOf(answer: Response): Promise<Notice> {
  const detail = JSON.stringify(await answer.json(), null, 2)
  return { tone: answer.ok ? 'good' : 'bad', title: `The API answered ${answer.status}`, detail }
}

export function refusalOf({ status, cause, response }: WWWAuthenticateChallengeError): Notice {
  const notice: Notice = {
    tone: 'bad',
    title: `The API answered ${status}`,
    detail: response.headers.get('WWW-Authenticate') ?? undefined,
  }
  const { error, error_description: reason } = cause[0]?.parameters ?? {}
  if (error !== 'invalid_token') return notice
  const text = `It no longer accepts the access token: ${reason}. Sign in again to get a new one.`
  return { ...notice, text, signInAgain: true }
}

/** @param rotated whether the provider has replaced the refresh token */
export function refreshed(rotated: boolean): Notice {
  const text = rotated
    ? 'The refresh token was replaced; the old one no longer works.'
    : 'The refresh token was not replaced.'
  return { tone: 'good', title: 'Tokens refreshed', text }
}

export const REVOKED: Notice = {
  tone: 'good',
  title: 'Access token revoked',
  text: 'The refresh token ended with it. Call the API now: it refuses the token, usually within a second.',
}
