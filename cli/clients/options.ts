import { Option } from 'commander'
import { SIGNING_ALGORITHMS } from '../../src/base/signing-algorithms.ts'
import { claimIn } from '../../src/clients/claims/claim-text.ts'
import type { ClientClaim } from '../../src/clients/claims/client-claim.ts'
import { type Client, PKCE_POLICIES } from '../../src/clients/client.ts'
import type { Permission } from '../../src/clients/permissions.ts'
import { AUTH_METHODS, type ClientRegistration, type ClientUpdate } from '../../src/clients/registration.ts'
import { TOKEN_FORMATS } from '../../src/clients/resource.ts'
import type { ResponseType } from '../../src/clients/response-types.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import { changed, defined, lifetime, onOff, repeated, textOrNone } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'
import { permissions } from '../roles/permissions.ts'

/**
 * The options that `clients add` and `clients update` share. Undefined: not given. Those below have another name than the
 * property of the registration that they set.
 */
export interface ClientOptions extends Partial<ClientRegistration> {
  redirectUri?: string[]
  postLogoutRedirectUri?: string[]
  scope?: string[]
  permission?: Permission[]
  responseType?: ResponseType[]
  allowedRole?: string[]
  deniedRole?: string[]
  claim?: string[]
  authMethod?: ClientRegistration['tokenEndpointAuthMethod']
  jwksFile?: string
}

/** The lists of a registration, and the names of their options. */
const LISTS = [
  ['redirectUris', 'RedirectUri'],
  ['postLogoutRedirectUris', 'PostLogoutRedirectUri'],
  ['scopes', 'Scope'],
  ['permissions', 'Permission'],
  ['allowedRoles', 'AllowedRole'],
  ['deniedRoles', 'DeniedRole'],
  ['introspects', 'Introspects'],
] as const

/** Options of `clients update`: `addScope`, `removeScope`, and the same for the others. */
type ListOption = `${'add' | 'remove'}${(typeof LISTS)[number][1] | 'Claim'}`
export type ListOptions = Partial<Record<ListOption, string[]>>

export function clientOptions(verb: Verb): Verb {
  return verb
    .option('--redirect-uri <uri>', 'Allowed redirect URI, compared exactly; repeatable', repeated)
    .option('--post-logout-redirect-uri <uri>', 'Allowed redirect URI after sign-out; repeatable', repeated)
    .option(
      '--scope <scope>',
      'Allowed scope, instead of profile, email, roles and offline_access; repeatable',
      repeated,
    )
    .option(
      '--permission <permission>',
      'What it may do at Gatehouse itself, for people who have that permission, or as a machine; repeatable',
      permissions,
    )
    .option('--first-party', 'Skip consent: the application belongs to this service')
    .option('--no-first-party', 'Ask people for consent (the default)')
    .option('--verified-email-required', 'Only admit people with a verified email; others verify theirs first')
    .option('--no-verified-email-required', 'Also admit people without a verified email (the default)')
    .option('--second-factor-required', 'Require two-step verification; people without it set it up first')
    .option('--no-second-factor-required', 'Do not require two-step verification (the default)')
    .option('--allowed-role <role>', 'Only admit people with one of these roles; repeatable', repeated)
    .option('--denied-role <role>', 'Do not admit people with one of these roles; repeatable', repeated)
    .addOption(
      new Option(
        '--pkce <policy>',
        'Require PKCE, PKCE or a nonce, or neither; by default nonce with a secret, else required',
      ).choices(PKCE_POLICIES),
    )
    .option(
      '--response-type <type>',
      'Allowed response type, instead of code; the others return tokens through the browser; repeatable',
      repeated,
    )
    .option('--roles-claim <claim>', 'Claim for the roles, such as groups or realm_access.roles; roles by default')
    .option(
      '--claim <claim>',
      `Claim as the application wants it, such as groups=roles, 'tenant="acme"' or picture=none; repeatable; none for no claim`,
      repeated,
    )
    .addOption(
      new Option(
        '--access-token-format <format>',
        'Form of its access tokens that are for no API (opaque by default); the format of others is that of the API',
      ).choices(TOKEN_FORMATS),
    )
    .option(
      '--revoke-on-refresh <on|off>',
      'Whether a refresh revokes the access token that it replaces, or default',
      onOff,
    )
    .option('--introspects <uri>', 'API whose access tokens it may introspect; repeatable', repeated)
    .option('--access-token-ttl <duration>', 'Lifetime of access tokens, such as 2m or 2h, or default', lifetime)
    .option('--refresh-token-ttl <duration>', 'Lifetime of a refresh token since its last use, or default', lifetime)
    .option('--refresh-token-max-ttl <duration>', 'Lifetime of all refresh tokens of a sign-in, or default', lifetime)
    .option('--backchannel-logout-uri <uri>', 'Back-channel logout URI, or none', textOrNone)
    .option('--backchannel-logout-session-required', 'Never send a logout token with sub alone')
    .option(
      '--no-backchannel-logout-session-required',
      'Also send one with sub alone, for sessions unknown here (the default)',
    )
    .addOption(new Option('--auth-method <method>', 'Client authentication method').choices(AUTH_METHODS))
    .option('--jwks-file <file>', 'File with the public keys (JWKS), for private_key_jwt')
    .option('--jwks-uri <uri>', 'Address of the public keys (JWKS), for private_key_jwt, or none', textOrNone)
    .addOption(
      new Option('--id-token-alg <alg>', 'Signature of ID tokens; RS256 by default').choices(SIGNING_ALGORITHMS),
    )
    .option('--uri <uri>', 'Home page, or none', textOrNone)
    .option('--logo-uri <uri>', 'Logo, or none', textOrNone)
    .option('--policy-uri <uri>', 'Privacy policy, or none', textOrNone)
    .option('--tos-uri <uri>', 'Terms of service, or none', textOrNone)
}

export function listOptions(verb: Verb): Verb {
  const lists = [
    ['redirect-uri', 'uri', 'redirect URI'],
    ['post-logout-redirect-uri', 'uri', 'redirect URI after sign-out'],
    ['scope', 'scope', 'scope'],
    ['permission', 'permission', 'permission at Gatehouse itself'],
    ['allowed-role', 'role', 'allowed role'],
    ['denied-role', 'role', 'denied role'],
    ['introspects', 'uri', 'API whose access tokens it may introspect'],
  ] as const
  for (const [name, value, what] of lists) {
    verb.option(`--add-${name} <${value}>`, `Add one ${what}; repeatable`, repeated)
    verb.option(`--remove-${name} <${value}>`, `Remove one ${what}; repeatable`, repeated)
  }
  return verb
    .option('--add-claim <claim>', 'Add one claim as the application wants it; repeatable', repeated)
    .option('--remove-claim <name>', 'Remove one claim of these by its name; repeatable', repeated)
}

/** The registration that the options describe; `app.clients` checks it. */
export async function registrationOf(io: Io, options: ClientOptions): Promise<Partial<ClientRegistration>> {
  const { redirectUri, postLogoutRedirectUri, scope, permission, responseType, allowedRole, deniedRole, ...rest } =
    options
  const { claim, authMethod, jwksFile, ...same } = rest
  return defined({
    ...same,
    redirectUris: redirectUri,
    postLogoutRedirectUris: postLogoutRedirectUri,
    scopes: scope,
    permissions: permission,
    responseTypes: responseType,
    allowedRoles: allowedRole,
    deniedRoles: deniedRole,
    claims: claim && claimsIn(claim),
    tokenEndpointAuthMethod: authMethod,
    jwks: jwksFile === undefined ? undefined : await jwksIn(io, jwksFile),
  })
}

/** The same for an update, which can also add to lists and remove from them. */
export async function updateOf(io: Io, client: Client, options: ClientOptions & ListOptions): Promise<ClientUpdate> {
  const given = Object.entries(options).filter(([name]) => !/^(add|remove)[A-Z]/.test(name))
  const update = await registrationOf(io, Object.fromEntries(given))
  const lists = LISTS.map(([property, name]) => {
    const change = { set: update[property], add: options[`add${name}`], remove: options[`remove${name}`] }
    return [property, changed(client[property], change)] as const
  })
  return { ...update, ...defined({ ...Object.fromEntries(lists), claims: changedClaims(client, update, options) }) }
}

function claimsIn(texts: readonly string[]): ClientClaim[] {
  return texts.join() === 'none' ? [] : texts.map(claimIn)
}

/** A claim may have several forms, one for each place, so removing it by name removes all. */
function changedClaims(
  client: Client,
  { claims: set }: Partial<ClientRegistration>,
  { addClaim: add = [], removeClaim: remove = [] }: ListOptions,
): ClientClaim[] | undefined {
  if (!set && add.length + remove.length === 0) return undefined
  const claims = set ?? client.claims
  for (const name of remove) {
    if (!claims.some(({ claim }) => claim === name))
      throw usageError(`cannot remove ${JSON.stringify(name)}: it is not in the list`)
  }
  return [...claims.filter(({ claim }) => !remove.includes(claim)), ...claimsIn(add)]
}

async function jwksIn(io: Io, path: string): Promise<ClientRegistration['jwks']> {
  try {
    return JSON.parse(await io.read({ path }))
  } catch (error) {
    if (error instanceof SyntaxError) throw usageError(`${path} is not JSON`, 'Expected a JWK Set: {"keys": […]}.')
    throw error
  }
}
