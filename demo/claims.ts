import { type Html, html } from './html.ts'

/** What the most common claims mean (OpenID Connect Core, sections 2 and 5.1; RFC 9068). */
const MEANINGS: Record<string, string> = {
  sub: 'The permanent ID of the person: store this, not the email',
  name: 'Their full name',
  email: 'Their email; it can change',
  email_verified: 'Whether the email is verified',
  roles: 'Their roles, assigned by the operator',
  auth_time: 'When they last authenticated',
  acr: 'How strong that authentication was',
  amr: 'How they authenticated: pwd, otp, hwk …',
  iss: 'The provider that issued the token',
  aud: 'The audience: refuse tokens that are not for you',
  azp: 'The application that requested it',
  exp: 'When it expires',
  iat: 'When it was issued',
  nonce: 'Ties it to the sign-in that this browser started',
  sid: 'The session at the provider',
  at_hash: 'Ties it to the access token issued with it',
  scope: 'What the token allows',
  client_id: 'The application it was issued to',
  jti: 'The ID of the token',
  locale: 'The language they prefer',
  zoneinfo: 'Their time zone',
  updated_at: 'When their profile last changed',
}

const DATES = ['auth_time', 'exp', 'iat', 'nbf', 'updated_at']
const ORDER = Object.keys(MEANINGS)

/** The claims of a token, those about the person first, with times as dates. */
export function claimRows(claims: object) {
  return Object.entries(claims)
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([name, value]) => ({
      name,
      value: DATES.includes(name) && typeof value === 'number' ? new Date(value * 1000) : value,
      meaning: MEANINGS[name],
    }))
}

function rank(name: string) {
  const place = ORDER.indexOf(name)
  return place === -1 ? ORDER.length : place
}

/** The value of a claim, as displayed. */
export function shown(value: unknown): Html {
  if (value instanceof Date) return html`<time datetime="${value.toISOString()}">${FORMAT.format(value)} UTC</time>`
  if (Array.isArray(value)) return html`${value.length === 0 ? 'none' : value.map(String).join(', ')}`
  if (typeof value === 'boolean') return html`${value ? 'yes' : 'no'}`
  return html`${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

export function timeLeft(end: Date): string {
  const seconds = Math.floor((end.getTime() - Date.now()) / 1000)
  if (seconds <= 0) return 'It has expired: refresh it.'
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `It expires in ${seconds} s.` : `It expires in ${minutes} min ${seconds % 60} s.`
}
