import { CLAIMS, PERSON_CLAIMS } from '../../clients/claims/claims-of-scopes.ts'
import type { Access } from '../../grants/consent.ts'
import type { Person } from './people.ts'

/** All claims about a person; the library passes on those that were requested and granted. */
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

/** The claims about a person that these scopes grant. */
export function claimsOfScopes(person: Person, scopes: Iterable<string>): Record<string, unknown> {
  const granted = new Set([...scopes].flatMap(scope => CLAIMS[scope] ?? []))
  return Object.fromEntries(Object.entries(claimsOf(person)).filter(([name]) => granted.has(name)))
}

/**
 * The claims that an application will receive, with their values, as the consent page shows them: under their standard
 * names, which say what they are, whatever the application calls them.
 */
export function disclosedClaims(
  person: Person,
  requested: Access,
): { scope: string; claims: { name: string; value: string }[] }[] {
  const all = claimsOf(person)
  const claim = (name: string) => ({ name, value: displayText(all[name]) })
  const scopes = requested.scopes
    .filter(scope => scope in CLAIMS)
    .map(scope => ({ scope, claims: CLAIMS[scope]!.filter(name => isShown(name, all)).map(claim) }))
  const known = new Set(scopes.flatMap(({ claims }) => claims.map(each => each.name)))
  const single = requested.claims.filter(name => name in all && !known.has(name))
  return single.length > 0 ? [...scopes, { scope: 'claims', claims: single.map(claim) }] : scopes
}

/** The claims in a `claims` parameter (OIDC Core section 5.5) that need consent. */
export function requestedClaims(text: string | null): string[] {
  const parsed = JSON.parse(text ?? '{}') as { userinfo?: object; id_token?: object }
  const names = [...Object.keys(parsed.userinfo ?? {}), ...Object.keys(parsed.id_token ?? {})]
  return [...new Set(names)].filter(needsConsent)
}

/** Whether a claim needs consent: it is known, and is about the person rather than the sign-in. */
export function needsConsent(claim: string): boolean {
  return OF_PERSON.has(claim)
}

const OF_PERSON: ReadonlySet<string> = new Set(PERSON_CLAIMS)

/** Hides claims without a value, except the name, which people expect to see, and `updated_at`, which says little. */
function isShown(name: string, all: object): boolean {
  return name === 'name' || (name in all && name !== 'updated_at')
}

function displayText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'object' && value !== null && 'formatted' in value) return String(value.formatted)
  return String(value ?? '')
}
