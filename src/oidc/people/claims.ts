import type { Asked } from '../../tokens/consent.ts'
import type { Person } from './people.ts'

/** Which scope asks for which claims (OIDC Core section 5.4, and the last three, ours). */
export const CLAIMS: Record<string, string[]> = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  roles: ['roles'],
  account: [],
  upstream_tokens: [],
}

/** All that can be told about a person; the library passes on what was asked for and granted. */
export function claimsOf(person: Person): { sub: string; [claim: string]: unknown } {
  return {
    sub: person.id,
    ...person.profile,
    ...(person.name ? { name: person.name } : {}),
    ...(person.username ? { preferred_username: person.username } : {}),
    ...(person.profileUpdatedAt ? { updated_at: person.profileUpdatedAt } : {}),
    ...(person.profile.phone_number ? { phone_number_verified: false } : {}),
    email: person.email,
    email_verified: person.emailVerified,
    roles: person.roles,
  }
}

/** What an application will learn, with the very values it will get; shown to the person who is asked. */
export function learned(person: Person, asked: Asked): { scope: string; claims: { name: string; value: string }[] }[] {
  const all = claimsOf(person)
  const told = (name: string) => ({ name, value: inWords(all[name]) })
  const scopes = asked.scopes
    .filter(scope => scope in CLAIMS)
    .map(scope => ({ scope, claims: CLAIMS[scope]!.filter(name => shown(name, all)).map(told) }))
  const known = new Set(scopes.flatMap(({ claims }) => claims.map(claim => claim.name)))
  const single = asked.claims.filter(name => name in all && !known.has(name))
  return single.length > 0 ? [...scopes, { scope: 'claims', claims: single.map(told) }] : scopes
}

/** The names in a `claims` parameter (OIDC Core section 5.5) that a person is asked about. */
export function requestedClaims(text: string | null): string[] {
  const parsed = JSON.parse(text ?? '{}') as { userinfo?: object; id_token?: object }
  const names = [...Object.keys(parsed.userinfo ?? {}), ...Object.keys(parsed.id_token ?? {})]
  return [...new Set(names)].filter(askedAbout)
}

/** Whether it says something about the person: not about the sign-in itself, and no name that we do not know. */
export function askedAbout(claim: string): boolean {
  return KNOWN.has(claim) && !STANDING.has(claim)
}

const KNOWN = new Set(Object.values(CLAIMS).flat())

/** Claims about the sign-in itself, which nobody is asked about. */
const STANDING = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss'])

/** What has not been told is not shown, except the name, which people expect; when the profile changed tells nobody much. */
function shown(name: string, all: object): boolean {
  return name === 'name' || (name in all && name !== 'updated_at')
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'object' && value !== null && 'formatted' in value) return String(value.formatted)
  return String(value ?? '')
}
