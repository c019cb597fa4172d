import { z } from 'zod'
import { InvalidInput } from '../base/refusals.ts'
import { SIGNING_ALGORITHMS } from '../base/signing-algorithms.ts'
import { isSingleLine } from '../base/text/single-line.ts'
import { DEFAULT_ROLES_CLAIM, rolesClaimProblem } from './claims/claim-names.ts'
import { claimsProblem } from './claims/claim-rules.ts'
import { clientClaims } from './claims/client-claim.ts'
import type { Client } from './client.ts'
import { PKCE_POLICIES, PROFILES, type Profile } from './client.ts'
import { isPermission, type Permission } from './permissions.ts'
import { TOKEN_FORMATS } from './resource.ts'
import { grantTypes, RESPONSE_TYPES, type ResponseType, returnsTokens } from './response-types.ts'
import { isWebUrl, logoutUriProblem, redirectUriProblem } from './uris.ts'

export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const

const webUrl = z.string().max(2000).refine(isWebUrl, 'must be an https: URL (http: only on localhost)')
const DAY = 86_400
const lifetime = (most: number) => z.int().min(30).max(most).nullable().default(null)
const publicKey = z.looseObject({ kty: z.string() })
const httpsUrl = z.url({ protocol: /^https$/ })
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'is not a valid scope (RFC 6749 section 3.3)')

/** Permissions, each once. */
export const permissions = z
  .array(
    z.custom<Permission>(name => isPermission(String(name)), 'is not a permission; gatehouse permissions lists all'),
  )
  .transform(names => [...new Set(names)].sort())

const roles = z.array(z.string().max(63)).max(50).default([])

/** What an operator can register. */
export const registrationShape = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,100}$/, 'must be 1 to 100 characters of A-Z, a-z, 0-9, ".", "_", "~" and "-"')
    .optional(),
  name: z.string().trim().min(1).max(100).refine(isSingleLine, 'must be a single line'),
  profile: z.enum(PROFILES),
  redirectUris: z.array(z.string().max(2000)).max(50).default([]),
  postLogoutRedirectUris: z.array(z.string().max(2000)).max(50).default([]),
  scopes: z.array(scope).max(100).optional(),
  permissions: permissions.default([]),
  tokenEndpointAuthMethod: z.enum(AUTH_METHODS).optional(),
  jwks: z
    .strictObject({ keys: z.array(publicKey).min(1).max(20) })
    .nullable()
    .default(null),
  jwksUri: httpsUrl.nullable().default(null),
  responseTypes: z.array(z.enum(RESPONSE_TYPES)).max(RESPONSE_TYPES.length).optional(),
  /** Whether it may get refresh tokens, where its response types have a code. */
  refreshTokens: z.boolean().default(true),
  idTokenAlg: z.enum(SIGNING_ALGORITHMS).default('RS256'),
  pkce: z.enum(PKCE_POLICIES).optional(),
  rolesClaim: z.string().default(DEFAULT_ROLES_CLAIM),
  claims: clientClaims.default([]),
  firstParty: z.boolean().default(false),
  verifiedEmailRequired: z.boolean().default(false),
  secondFactorRequired: z.boolean().default(false),
  allowedRoles: roles,
  deniedRoles: roles,
  accessTokenFormat: z.enum(TOKEN_FORMATS).default('opaque'),
  accessTokenTtl: lifetime(DAY),
  revokeOnRefresh: z.boolean().nullable().default(null),
  introspects: z.array(z.url().max(500)).max(50).default([]),
  refreshTokenTtl: lifetime(365 * DAY),
  refreshTokenMaxTtl: lifetime(365 * DAY),
  backchannelLogoutUri: z.string().max(2000).nullable().default(null),
  backchannelLogoutSessionRequired: z.boolean().default(false),
  uri: webUrl.nullable().default(null),
  logoUri: webUrl.nullable().default(null),
  policyUri: webUrl.nullable().default(null),
  tosUri: webUrl.nullable().default(null),
})

export type ClientRegistration = z.input<typeof registrationShape>
export type ClientUpdate = Partial<Omit<ClientRegistration, 'id' | 'profile'>>

const DEFAULT_AUTH_METHOD: Record<Profile, string> = {
  web: 'client_secret_basic',
  spa: 'none',
  native: 'none',
  machine: 'client_secret_basic',
}

const DEFAULT_SCOPES = ['openid', 'profile', 'email', 'roles', 'offline_access']

/** @throws InvalidInput that names every invalid field; `whole` stands for the input itself */
export function parsed<T>(schema: z.ZodType<T>, input: unknown, whole: string): T {
  const { success, data, error } = schema.safeParse(input)
  if (success) return data
  throw new InvalidInput(
    Object.fromEntries(error.issues.map(({ path, message }) => [path.join('.') || whole, message])),
  )
}

/**
 * Applies the defaults of the profile, and refuses combinations that are not allowed.
 * @throws InvalidInput that names every invalid field
 */
export function checkRegistration(input: ClientRegistration) {
  const { refreshTokens, ...data } = parsed(registrationShape, input, 'client')
  const machine = data.profile === 'machine'
  const tokenEndpointAuthMethod = data.tokenEndpointAuthMethod ?? DEFAULT_AUTH_METHOD[data.profile]
  const problems: Record<string, string> = {}
  const check = (wrong: boolean, field: string, problem: string) => {
    if (wrong) problems[field] ??= problem
  }

  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    for (const uri of data[field]) {
      const problem = redirectUriProblem(uri, data.profile)
      check(problem != null, field, `${JSON.stringify(uri)} ${problem}`)
    }
  }
  const { backchannelLogoutUri } = data
  const logoutProblem = backchannelLogoutUri === null ? null : logoutUriProblem(backchannelLogoutUri)
  check(logoutProblem != null, 'backchannelLogoutUri', `${JSON.stringify(backchannelLogoutUri)} ${logoutProblem}`)
  for (const field of ['backchannelLogoutUri', 'verifiedEmailRequired', 'secondFactorRequired'] as const)
    check(machine && Boolean(data[field]), field, 'is not possible for the profile machine: no one signs in to it')
  const { allowedRoles, deniedRoles } = data
  for (const field of ['allowedRoles', 'deniedRoles'] as const)
    check(machine && data[field].length > 0, field, 'is not possible for the profile machine: no one signs in to it')
  const contradiction = deniedRoles.find(role => allowedRoles.includes(role))
  check(contradiction !== undefined, 'deniedRoles', `${JSON.stringify(contradiction)} is allowed and denied at once`)
  check(machine && data.redirectUris.length > 0, 'redirectUris', 'is not possible for the profile machine')
  check(!machine && data.redirectUris.length === 0, 'redirectUris', 'is required for this profile')
  check(
    machine && tokenEndpointAuthMethod === 'none',
    'tokenEndpointAuthMethod',
    'cannot be none for the profile machine, which must authenticate',
  )
  const isPublic = tokenEndpointAuthMethod === 'none'
  const { pkce = isPublic ? 'required' : 'nonce' } = data
  check(
    isPublic && data.introspects.length > 0,
    'introspects',
    'is not possible for public clients, which have no secret',
  )
  check(isPublic && pkce !== 'required', 'pkce', 'must be required for public clients, which have no secret')
  const { responseTypes = machine ? [] : (['code'] as ResponseType[]) } = data
  check(machine && responseTypes.length > 0, 'responseTypes', 'is not possible for the profile machine')
  check(!machine && responseTypes.length === 0, 'responseTypes', 'is required for this profile')
  check(
    data.profile === 'native' && responseTypes.some(returnsTokens),
    'responseTypes',
    'must be code for the profile native: another application could receive the tokens',
  )
  const rolesProblem = rolesClaimProblem(data.rolesClaim, data.id)
  check(rolesProblem != null, 'rolesClaim', String(rolesProblem))
  const claimProblem = claimsProblem(data)
  check(claimProblem != null, 'claims', String(claimProblem))
  check(
    tokenEndpointAuthMethod === 'private_key_jwt' && !data.jwks === !data.jwksUri,
    'jwks',
    'is required for private_key_jwt, unless the URL of a key set is given, and cannot be combined with it',
  )
  check(
    data.jwks?.keys.some(key => 'd' in key || key.kty === 'oct') ?? false,
    'jwks',
    'contains a private key; register only public keys',
  )
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems)

  return {
    ...data,
    allowedRoles: [...new Set(allowedRoles)],
    deniedRoles: [...new Set(deniedRoles)],
    tokenEndpointAuthMethod,
    pkce,
    responseTypes: [...new Set(responseTypes)],
    scopes: data.scopes ?? (machine ? [] : DEFAULT_SCOPES),
    grantTypes: machine
      ? ['client_credentials']
      : grantTypes(responseTypes).filter(type => refreshTokens || type !== 'refresh_token'),
  }
}

/** The registration of a client after an operator has changed some of it. @throws InvalidInput */
export function updatedRegistration(client: Client, changes: ClientUpdate, now: Date) {
  const checked = checkRegistration({ ...client.registration(), ...changes } as ClientRegistration)
  const newlyNeeded = checked.tokenEndpointAuthMethod.startsWith('client_secret') && !client.needsSecret
  if (newlyNeeded && client.liveSecrets(now).length === 0)
    throw new InvalidInput({
      tokenEndpointAuthMethod: 'needs a client secret, and this client has none; run clients rotate-secret first',
    })
  if (client.selfRegistered && checked.firstParty)
    throw new InvalidInput({ firstParty: 'is not possible for an application that manages itself; adopt it first' })
  // It could send the tokens of people with these permissions to another address.
  if (client.selfRegistered && checked.permissions.length > 0)
    throw new InvalidInput({ permissions: 'are not possible for an application that manages itself; adopt it first' })
  return checked
}
