import { type Html, html } from './html.ts'

/** What the claims mean that an application meets most (OpenID Connect Core, sections 2 and 5.1; RFC 9068). */
const MEANINGS: Record<string, string> = {
  sub: 'The person, for ever: keep this, not the address, in your own database',
  name: 'Their name, as they wish to be called',
  email: 'Their address; it can change',
  email_verified: 'Whether they have shown that the address is theirs',
  roles: 'What they may do, given by the operator',
  auth_time: 'When they last proved who they are',
  acr: 'How strong that proof was',
  amr: 'What it consisted of: pwd, otp, hwk …',
  iss: 'The provider that says all this',
  aud: 'Whom it is meant for: refuse what is not for you',
  azp: 'The application that asked for it',
  exp: 'Not to be believed after',
  iat: 'When it was made',
  nonce: 'Ties it to the sign-in that this browser began',
  sid: 'The session at the provider',
  at_hash: 'Ties it to the access token that came with it',
  scope: 'What the holder may do here',
  client_id: 'The application it was given to',
  jti: 'Its own number',
  locale: 'The language they prefer',
  zoneinfo: 'Their time zone',
  updated_at: 'When their profile last changed',
}

const DATES = ['auth_time', 'exp', 'iat', 'nbf', 'updated_at']
const ORDER = Object.keys(MEANINGS)

/** A token's claims, those for people first, times as dates. */
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

/** A claim's value as a person reads it. */
export function shown(value: unknown): Html {
  if (value instanceof Date) return html`<time datetime="${value.toISOString()}">${FORMAT.format(value)} UTC</time>`
  if (Array.isArray(value)) return html`${value.length === 0 ? 'none' : value.map(String).join(', ')}`
  if (typeof value === 'boolean') return html`${value ? 'yes' : 'no'}`
  return html`${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

export function timeLeft(end: Date): string {
  const seconds = Math.floor((end.getTime() - Date.now()) / 1000)
  if (seconds <= 0) return 'It has run out: refresh it.'
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `It works for another ${seconds} s.` : `It works for another ${minutes} min ${seconds % 60} s.`
}
