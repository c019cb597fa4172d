/** For `/api/v1/me`: what a person does with their account themselves. Only clients that are registered with it get it. */
export const ACCOUNT_SCOPE = 'account'

/** Beside it: for the tokens that upstream providers gave. Only clients that are registered with it get it, too. */
export const UPSTREAM_TOKENS_SCOPE = 'upstream_tokens'

/** The scopes of OpenID Connect and ours. All others belong to APIs, and no API can have one of these. */
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
