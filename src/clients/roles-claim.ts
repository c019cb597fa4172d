export const DEFAULT_ROLES_CLAIM = 'roles'

/** Claims that tokens and userinfo have already: those of JWT, OpenID Connect, RFC 9068 and the account. */
const TAKEN = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'azp', 'nonce', 'auth_time', 'acr', 'amr', 'sid', 'events'],
  ...['at_hash', 'c_hash', 's_hash', 'scope', 'client_id', 'cnf', 'authorization_details', 'active', 'token_type'],
  ...['act', 'may_act', 'username'],
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at', 'email', 'email_verified'],
  ...['phone_number', 'phone_number_verified', 'address', '_claim_names', '_claim_sources'],
  ...['__proto__', 'constructor', 'prototype'],
])

/**
 * Checks the claim in which a client receives the roles: a name (`groups`), a path (`realm_access.roles`), or a URL
 * (`https://app.example.com/roles`), which is one name although it has dots.
 * @returns what is wrong; null if nothing is
 */
export function rolesClaimProblem(claim: string): string | null {
  if (claim.length > 200 || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(claim))
    return 'must be 1 to 200 printable characters without spaces, quotes and backslashes'
  const names = path(claim)
  if (names.includes('')) return 'must not have an empty part between dots'
  const taken = names.find((name, index) => TAKEN.has(name) && (index === 0 || name === '__proto__'))
  return taken ? `must not be ${taken}, which tokens use for something else` : null
}

/** The same claims, with the roles in the claim that the client looks for. */
export function withRolesIn(claim: string, { roles, ...others }: Record<string, unknown>): Record<string, unknown> {
  if (roles === undefined) return others
  return { ...others, ...path(claim).reduceRight<object>((value, name) => ({ [name]: value }), roles as object) }
}

function path(claim: string): string[] {
  return claim.includes('://') ? [claim] : claim.split('.')
}
