import { PERSON_CLAIMS } from './claims-of-scopes.ts'

export const DEFAULT_ROLES_CLAIM = 'roles'

/** Claims of the protocol: JWT, OpenID Connect, RFC 9068, introspection, and the scopes as a list. Nothing that a client wishes takes their place. */
const PROTOCOL = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'azp', 'nonce', 'auth_time', 'acr', 'amr', 'sid', 'events'],
  ...['at_hash', 'c_hash', 's_hash', 'scope', 'client_id', 'cnf', 'authorization_details', 'active', 'token_type'],
  ...[
    'act',
    'may_act',
    'username',
    'permissions',
    'claims',
    'grant_id',
    'revocable_by',
    '_claim_names',
    '_claim_sources',
  ],
])

/** Names that lead from an object to what it inherits. */
const INHERITED = new Set(['__proto__', 'constructor', 'prototype'])

/** Stands for the client's own ID, as one name, dots included: `resource_access.{client_id}.roles`. */
const OWN_ID = '{client_id}'

/** The ID of a client that has none yet; the one that it gets is made of the same characters. */
const FUTURE_ID = 'client_'

/**
 * The names that lead to a claim. A name (`groups`) and a URL (`https://app.example.com/roles`, with its dots) are one;
 * a path (`realm_access.roles`) leads into nested objects.
 */
export function pathOf(claim: string, clientId: string): string[] {
  if (claim.includes('://')) return [claim]
  return claim.split('.').map(name => (name === OWN_ID ? clientId : name))
}

/** Checks the name or path of a claim. @returns what is wrong; null if nothing is */
export function claimNameProblem(claim: string, clientId = FUTURE_ID): string | null {
  if (claim.length > 200 || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(claim))
    return 'must be 1 to 200 printable characters without spaces, quotes and backslashes'
  const names = pathOf(claim, clientId)
  if (names.includes('')) return 'must not have an empty part between dots'
  const taken = names.find((name, index) => INHERITED.has(name) || (index === 0 && PROTOCOL.has(name)))
  return taken ? `must not be ${taken}, which tokens use for something else` : null
}

/** Checks the claim in which a client receives the roles. @returns what is wrong; null if nothing is */
export function rolesClaimProblem(claim: string, clientId = FUTURE_ID): string | null {
  const [first = ''] = pathOf(claim, clientId)
  const another = first !== DEFAULT_ROLES_CLAIM && PERSON_CLAIMS.includes(first)
  return (
    claimNameProblem(claim, clientId) ?? (another ? `must not be ${first}, which tokens use for something else` : null)
  )
}
