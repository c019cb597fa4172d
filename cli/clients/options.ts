import { Option } from 'commander'
import type { Client } from '../../src/clients/client.ts'
import {
  AUTH_METHODS,
  type ClientRegistration,
  type ClientUpdate,
  ID_TOKEN_ALGS,
} from '../../src/clients/registration.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import { changed, defined, lifetime, type NOTHING, orNull, repeated, textOrNone } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

/** The options that `clients add` and `clients update` share. Undefined: not given. */
export interface ClientOptions {
  redirectUri?: string[]
  postLogoutRedirectUri?: string[]
  scope?: string[]
  firstParty?: boolean
  verifiedEmailRequired?: boolean
  secondFactorRequired?: boolean
  pkce?: boolean
  accessTokenTtl?: number | typeof NOTHING
  refreshTokenTtl?: number | typeof NOTHING
  refreshTokenMaxTtl?: number | typeof NOTHING
  backchannelLogoutUri?: string | typeof NOTHING
  backchannelLogoutSessionRequired?: boolean
  authMethod?: string
  jwksFile?: string
  jwksUri?: string | typeof NOTHING
  idTokenAlg?: string
  uri?: string | typeof NOTHING
  logoUri?: string | typeof NOTHING
  policyUri?: string | typeof NOTHING
  tosUri?: string | typeof NOTHING
}

export interface ListOptions {
  addRedirectUri?: string[]
  removeRedirectUri?: string[]
  addPostLogoutRedirectUri?: string[]
  removePostLogoutRedirectUri?: string[]
  addScope?: string[]
  removeScope?: string[]
}

export function clientOptions(verb: Verb): Verb {
  return verb
    .option('--redirect-uri <uri>', 'Allowed redirect URI, compared exactly; repeatable', repeated)
    .option('--post-logout-redirect-uri <uri>', 'Allowed redirect URI after sign-out; repeatable', repeated)
    .option(
      '--scope <scope>',
      'Allowed scope, instead of profile, email, roles and offline_access; repeatable',
      repeated,
    )
    .option('--first-party', 'Skip consent: the application belongs to this service')
    .option('--no-first-party', 'Ask people for consent (the default)')
    .option('--verified-email-required', 'Only admit people with a verified email; others verify theirs first')
    .option('--no-verified-email-required', 'Also admit people without a verified email (the default)')
    .option('--second-factor-required', 'Require two-step verification; people without it set it up first')
    .option('--no-second-factor-required', 'Do not require two-step verification (the default)')
    .option('--pkce', 'Require PKCE (the default)')
    .option('--no-pkce', 'Do not require PKCE; only for confidential clients that do not support it')
    .option('--access-token-ttl <duration>', 'Lifetime of access tokens, such as 2m or 2h, or default', lifetime)
    .option('--refresh-token-ttl <duration>', 'Lifetime of a refresh token since its last use, or default', lifetime)
    .option('--refresh-token-max-ttl <duration>', 'Lifetime of all refresh tokens of a sign-in, or default', lifetime)
    .option('--backchannel-logout-uri <uri>', 'Back-channel logout URI, or none', textOrNone)
    .option('--backchannel-logout-session-required', 'Send one logout token for each session, with its sid')
    .option('--no-backchannel-logout-session-required', 'Allow a logout token with sub alone (the default)')
    .addOption(new Option('--auth-method <method>', 'Client authentication method').choices(AUTH_METHODS))
    .option('--jwks-file <file>', 'File with the public keys (JWKS), for private_key_jwt')
    .option('--jwks-uri <uri>', 'Address of the public keys (JWKS), for private_key_jwt, or none', textOrNone)
    .addOption(new Option('--id-token-alg <alg>', 'Signature of ID tokens; ES256 by default').choices(ID_TOKEN_ALGS))
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
  ] as const
  for (const [name, value, what] of lists) {
    verb.option(`--add-${name} <${value}>`, `Add one ${what}; repeatable`, repeated)
    verb.option(`--remove-${name} <${value}>`, `Remove one ${what}; repeatable`, repeated)
  }
  return verb
}

type Given = Partial<Omit<ClientRegistration, 'id' | 'name' | 'profile'>>

/** The property of the registration that each option sets. */
const PROPERTIES: Partial<Record<keyof ClientOptions, keyof Given>> = {
  redirectUri: 'redirectUris',
  postLogoutRedirectUri: 'postLogoutRedirectUris',
  scope: 'scopes',
  firstParty: 'firstParty',
  verifiedEmailRequired: 'verifiedEmailRequired',
  secondFactorRequired: 'secondFactorRequired',
  pkce: 'pkceRequired',
  accessTokenTtl: 'accessTokenTtl',
  refreshTokenTtl: 'refreshTokenTtl',
  refreshTokenMaxTtl: 'refreshTokenMaxTtl',
  backchannelLogoutUri: 'backchannelLogoutUri',
  backchannelLogoutSessionRequired: 'backchannelLogoutSessionRequired',
  authMethod: 'tokenEndpointAuthMethod',
  jwksUri: 'jwksUri',
  idTokenAlg: 'idTokenAlg',
  uri: 'uri',
  logoUri: 'logoUri',
  policyUri: 'policyUri',
  tosUri: 'tosUri',
}

/** The registration that the options describe; `app.clients` checks it. */
export async function registrationOf(io: Io, options: ClientOptions): Promise<Given> {
  const given = Object.entries(PROPERTIES)
    .map(([option, property]) => [property, orNull(options[option as keyof ClientOptions])] as const)
    .filter(([, value]) => value !== undefined)
  const jwks = options.jwksFile === undefined ? {} : { jwks: await jwksIn(io, options.jwksFile) }
  return { ...Object.fromEntries(given), ...jwks }
}

/** The same for an update, which can also add to lists and remove from them. */
export async function updateOf(io: Io, client: Client, options: ClientOptions & ListOptions): Promise<ClientUpdate> {
  const { redirectUri, addRedirectUri, removeRedirectUri } = options
  const { postLogoutRedirectUri, addPostLogoutRedirectUri, removePostLogoutRedirectUri } = options
  const { scope, addScope, removeScope } = options
  return {
    ...(await registrationOf(io, options)),
    ...defined({
      redirectUris: changed(client.redirectUris, { set: redirectUri, add: addRedirectUri, remove: removeRedirectUri }),
      postLogoutRedirectUris: changed(client.postLogoutRedirectUris, {
        set: postLogoutRedirectUri,
        add: addPostLogoutRedirectUri,
        remove: removePostLogoutRedirectUri,
      }),
      scopes: changed(client.scopes, { set: scope, add: addScope, remove: removeScope }),
    }),
  }
}

async function jwksIn(io: Io, path: string): Promise<Given['jwks']> {
  try {
    return JSON.parse(await io.read({ path }))
  } catch (error) {
    if (error instanceof SyntaxError) throw usageError(`${path} is not JSON`, 'Expected a JWK Set: {"keys": […]}.')
    throw error
  }
}
