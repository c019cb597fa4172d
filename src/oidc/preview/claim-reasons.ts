import { pathOf } from '../../clients/claims/claim-names.ts'
import { claimsFor } from '../../clients/claims/claim-rules.ts'
import { claimText } from '../../clients/claims/claim-text.ts'
import { CLAIMS, PERSON_CLAIMS, scopeOf } from '../../clients/claims/claims-of-scopes.ts'
import { type ClientClaim, type Place, placesOf } from '../../clients/claims/client-claim.ts'
import type { Client } from '../../clients/client.ts'
import { claimsOf } from '../people/claims.ts'
import type { Person } from '../people/people.ts'

/** Why a claim is, or is not, in a token or in userinfo. */
export interface ClaimReason {
  claim: string
  present: boolean
  reason: string
}

export interface Circumstances {
  client: Client
  /** Null for a machine, which calls in its own name. */
  person: Person | null
  /** The scopes that were granted. */
  scopes: ReadonlySet<string>
  /** The claims that were requested by name for this place (OIDC Core section 5.5). */
  requested: readonly string[]
}

/** No client can have another claim of such a name (clients/claims/claim-names.ts). */
const REASON_OF: Readonly<Record<string, string>> = {
  permissions: 'the scopes as a list, as the API wants them (resources update --permissions-claim)',
}

/** Explains the claims of a payload: what made each of them, and what is missing. It decides nothing itself. */
export function claimReasons(
  place: Place,
  payload: Readonly<Record<string, unknown>>,
  about: Circumstances,
): ClaimReason[] {
  const all = claimsFor(about.client)
  const mapped = all.filter(({ from }) => from !== null).map(claim => ofMapping(claim, { place, payload, about }))
  const left = new Map(
    all.filter(each => each.from === null && placesOf(each).includes(place)).map(each => [each.claim, claimText(each)]),
  )
  const roots = new Set(mapped.filter(({ present }) => present).map(({ root }) => root))
  const standard = PERSON_CLAIMS.filter(
    name => !roots.has(name) && (name in payload || left.has(name) || place !== 'access_token'),
  )
  const protocol = Object.keys(payload).filter(name => !roots.has(name) && !PERSON_CLAIMS.includes(name))
  return [
    ...protocol.map(claim => ({ claim, present: true, reason: REASON_OF[claim] ?? 'protocol' })),
    ...standard.map(claim => {
      const present = claim in payload
      const omission = left.get(claim)
      const absent = omission === undefined ? whyNot(claim, about) : `left out: ${omission}`
      return { claim, present, reason: present ? why(claim, place, about) : absent }
    }),
    ...mapped.map(({ root, ...reason }) => reason),
  ]
}

function ofMapping(
  claim: ClientClaim,
  { place, payload, about }: { place: Place; payload: Readonly<Record<string, unknown>>; about: Circumstances },
): ClaimReason & { root: string } {
  const path = pathOf(claim.claim, about.client.id)
  const value = valueAt(payload, path)
  const places = placesOf(claim)
  const present = places.includes(place) && value !== undefined
  const text = claimText(claim)
  const none = Array.isArray(value) && value.length === 0 ? `: ${whyEmpty(claim, about)}` : ''
  const absent = places.includes(place)
    ? `${text}: ${whyNot(claim.from ?? '', about)}`
    : `${text}: only in ${places.join(', ')}`
  return { claim: path.join('.'), present, reason: present ? `${text}${none}` : absent, root: path[0]! }
}

function valueAt(payload: unknown, [name, ...inner]: readonly string[]): unknown {
  if (name === undefined) return payload
  const found = typeof payload === 'object' && payload !== null && Object.hasOwn(payload, name)
  return found ? valueAt((payload as Record<string, unknown>)[name], inner) : undefined
}

function whyEmpty({ only }: ClientClaim, { person }: Circumstances): string {
  if (!person) return 'a machine has no roles'
  if (person.roles.length === 0) return 'the account has no role'
  return `none of the roles ${person.roles.join(', ')} matches ${only?.join(', ')}`
}

function why(claim: string, place: Place, { scopes }: Circumstances): string {
  if (place === 'access_token') return 'always in access tokens'
  const scope = scopeOf(claim)
  return scope !== null && scopes.has(scope) ? `scope ${scope}` : 'requested by name (claims)'
}

/** Why a claim of the person is not available to the application. */
function whyNot(claim: string, { client, person, scopes, requested }: Circumstances): string {
  if (!person) return 'a machine has no person'
  const scope = scopeOf(claim) ?? ''
  const covered = scopes.has(scope) || requested.includes(claim)
  if (covered) return claim in claimsOf(person) ? 'not in this place' : 'the account has no value'
  const allowed = scope === 'openid' || client.scopes.includes(scope)
  if (!allowed && scope in CLAIMS) return `the application is not registered for the scope ${scope}`
  return `the scope ${scope} was not requested`
}
