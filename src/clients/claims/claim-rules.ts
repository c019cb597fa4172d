import { claimNameProblem, DEFAULT_ROLES_CLAIM, pathOf } from './claim-names.ts'
import { PERSON_CLAIMS } from './claims-of-scopes.ts'
import { type ClientClaim, placesOf } from './client-claim.ts'

/** Claims that applications match accounts by, or that have a shape of their own. Nothing else may pose as one of them. */
const GENUINE = new Set(['email', 'email_verified', 'phone_number', 'phone_number_verified', 'address'])

/** All claims of a client that differ from the standard ones. The roles claim is the shorthand of two of them. */
export function claimsFor({ rolesClaim, claims }: { rolesClaim: string; claims: ClientClaim[] }): ClientClaim[] {
  if (rolesClaim === DEFAULT_ROLES_CLAIM) return claims
  return [{ claim: DEFAULT_ROLES_CLAIM, from: null }, { claim: rolesClaim, from: 'roles' }, ...claims]
}

interface Registration {
  id?: string | undefined
  rolesClaim: string
  claims: ClientClaim[]
}

/** Checks the claims of a client, each by itself and all together. @returns what is wrong; null if nothing is */
export function claimsProblem({ id, rolesClaim, claims }: Registration): string | null {
  for (const claim of claims) {
    const problem = claimProblem(claim, id)
    if (problem) return `${JSON.stringify(claim.claim)} ${problem}`
  }
  const all = claimsFor({ rolesClaim, claims }).map(claim => ({ ...claim, path: pathOf(claim.claim, id ?? '') }))
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      const places = new Set(placesOf(one)).intersection(new Set(placesOf(other)))
      const problem = places.size > 0 && collision(one, other)
      if (problem) return `${JSON.stringify(other.claim)} ${problem} for ${[...places].join(', ')}`
    }
  }
  return null
}

function claimProblem({ claim, from, value, ...rest }: ClientClaim, id: string | undefined): string | null {
  const problem = claimNameProblem(claim, id)
  if (problem) return problem
  if (claim.includes('=')) return 'must not contain ='
  if ((from === undefined) === (value === undefined)) return 'must come from a claim, or have a value'
  if (from !== 'roles' && (rest.only ?? rest.strip ?? rest.prefix) !== undefined)
    return 'must be from roles: only they are filtered, stripped or prefixed'
  const [first = '', ...inner] = pathOf(claim, id ?? '')
  if (!PERSON_CLAIMS.includes(first)) return from === null ? 'is no standard claim that could be left out' : null
  if (inner.length > 0) return `must not begin with ${first}, which is a claim of its own`
  if (from === null || from === first) return null
  if (GENUINE.has(first)) return `must not have another value: applications rely on what ${first} means`
  return first === DEFAULT_ROLES_CLAIM && from !== undefined
    ? 'must not be what people can choose themselves; it can be from roles, or have a value'
    : null
}

type Located = ClientClaim & { path: string[] }

/** Why two claims cannot be in the same place. */
function collision(one: Located, other: Located): string | null {
  const length = Math.min(one.path.length, other.path.length)
  if (one.path.slice(0, length).join('\n') !== other.path.slice(0, length).join('\n')) return null
  if (one.path.length === other.path.length) return 'is given twice (--roles-claim gives roles, too),'
  return one.from === null || other.from === null ? null : `cannot be beside ${JSON.stringify(one.claim)}`
}
