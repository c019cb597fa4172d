/** Gives access to the account API, `/api/v1/me`. Only clients that are registered with it get it. */
export const ACCOUNT_SCOPE = 'account'

/** Gives access to the tokens of upstream providers, together with the scope above and under the same condition. */
export const UPSTREAM_TOKENS_SCOPE = 'upstream_tokens'

/** Scopes that no client has unless an operator registered it for them. */
export const OPTIONAL_SCOPES: readonly string[] = [ACCOUNT_SCOPE, UPSTREAM_TOKENS_SCOPE]

/** The scopes about a person: those of OpenID Connect and those of Gatehouse. No API can define one of these. */
export const PEOPLE_SCOPES = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'phone',
  'address',
  'roles',
  ACCOUNT_SCOPE,
  UPSTREAM_TOKENS_SCOPE,
]

/** The scopes about a person that a client can register itself for. Roles are for applications that operators know. */
export const SELF_REGISTERED_SCOPES = PEOPLE_SCOPES.filter(name => name !== 'roles' && !OPTIONAL_SCOPES.includes(name))
