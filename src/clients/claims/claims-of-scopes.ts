/** The claims of each scope: those of OIDC Core section 5.4, and three scopes of our own at the end. */
export const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  profile: [
    ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
    ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  roles: ['roles'],
  account: [],
  upstream_tokens: [],
}

/** Claims about the sign-in itself, which need no consent. */
const SIGN_IN_CLAIMS: ReadonlySet<string> = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss'])

/** The claims about a person, which a client may receive under another name. */
export const PERSON_CLAIMS: readonly string[] = Object.values(CLAIMS)
  .flat()
  .filter(name => !SIGN_IN_CLAIMS.has(name))

/** The scope that a claim belongs to; null for one that belongs to none. */
export function scopeOf(claim: string): string | null {
  return Object.keys(CLAIMS).find(scope => CLAIMS[scope]?.includes(claim)) ?? null
}
