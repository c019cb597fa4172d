import type { Resources } from '../resources.ts'
import { SELF_REGISTERED_SCOPES } from '../scopes.ts'
import type { RegistrationPolicy } from './registration-policy.ts'
import type { TokenPolicy } from './registration-token.ts'

const OPEN: TokenPolicy = {
  scopes: null,
  grantTypes: ['authorization_code', 'refresh_token'],
  responseTypes: ['code'],
  redirectHosts: null,
}

/** The policy of a token, or that for all programs, with the scopes that are open to all if it names none. */
export async function openPolicy(resources: Resources, policy: TokenPolicy = OPEN): Promise<RegistrationPolicy> {
  const scopes = policy.scopes ?? [...SELF_REGISTERED_SCOPES, ...(await resources.scopesForSelfRegistered())]
  return { ...policy, scopes, ...(policy.scopes && { namedScopes: true as const }) }
}
