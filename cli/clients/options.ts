import { Option } from 'commander'
import type { Client } from '../../src/clients/client.ts'
import {
  AUTH_METHODS,
  type ClientRegistration,
  type ClientUpdate,
  ID_TOKEN_ALGS,
} from '../../src/clients/registration.ts'
import { usageError } from '../failures.ts'
import type { Io } from '../io.ts'
import { changed, lifetime, type NOTHING, orNull, repeated, textOrNone } from '../values.ts'
import type { Verb } from '../verb.ts'

/** What `clients add` and `clients update` both take. Undefined: nothing was said. */
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
    .option('--redirect-uri <uri>', 'where people may be sent back to, character by character; repeatable', repeated)
    .option('--post-logout-redirect-uri <uri>', 'where they may be sent after signing out; repeatable', repeated)
    .option(
      '--scope <scope>',
      'what it may ask for, in place of profile, email, roles and offline_access; repeatable',
      repeated,
    )
    .option('--first-party', 'our own: nobody is asked for consent')
    .option('--no-first-party', 'people are asked for consent (the default)')
    .option('--verified-email-required', 'only people who have proven their address come in')
    .option('--no-verified-email-required', 'a proven address is not demanded (the default)')
    .option('--second-factor-required', 'only people with a second factor come in; others are led through adding one')
    .option('--no-second-factor-required', 'a second factor is not demanded (the default)')
    .option('--pkce', 'PKCE is demanded (the default)')
    .option('--no-pkce', 'PKCE is not demanded; for confidential clients that cannot')
    .option('--access-token-ttl <duration>', 'life of its access tokens, such as 2m or 2h, or default', lifetime)
    .option('--refresh-token-ttl <duration>', 'life of a refresh token from its last use, or default', lifetime)
    .option('--refresh-token-max-ttl <duration>', 'life of a chain of refresh tokens, or default', lifetime)
    .option('--backchannel-logout-uri <uri>', 'where it is told that a session has ended, or none', textOrNone)
    .option('--backchannel-logout-session-required', 'it is told of single sessions (sid)')
    .option('--no-backchannel-logout-session-required', 'it may be told of a person (sub) alone (the default)')
    .addOption(new Option('--auth-method <method>', 'how it proves itself').choices(AUTH_METHODS))
    .option('--jwks-file <file>', 'its public keys, for private_key_jwt')
    .option('--jwks-uri <uri>', 'where its public keys are found, for private_key_jwt, or none', textOrNone)
    .addOption(
      new Option('--id-token-alg <alg>', 'how its ID tokens are signed: ES256 unless said').choices(ID_TOKEN_ALGS),
    )
    .option('--uri <uri>', 'its home page, or none', textOrNone)
    .option('--logo-uri <uri>', 'its picture, or none', textOrNone)
    .option('--policy-uri <uri>', 'its privacy policy, or none', textOrNone)
    .option('--tos-uri <uri>', 'its terms of service, or none', textOrNone)
}

export function listOptions(verb: Verb): Verb {
  const lists = [
    ['redirect-uri', 'uri'],
    ['post-logout-redirect-uri', 'uri'],
    ['scope', 'scope'],
  ] as const
  for (const [name, value] of lists) {
    verb.option(`--add-${name} <${value}>`, 'one more; repeatable', repeated)
    verb.option(`--remove-${name} <${value}>`, 'one less; repeatable', repeated)
  }
  return verb
}

type Said = Partial<Omit<ClientRegistration, 'id' | 'name' | 'profile'>>

/** Options that say one property of the registration each. */
const PROPERTIES: Partial<Record<keyof ClientOptions, keyof Said>> = {
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

/** What the options say, in the words of the noun, which checks it. */
export async function registrationOf(io: Io, options: ClientOptions): Promise<Said> {
  const said = Object.entries(PROPERTIES).map(([option, property]) => [
    property,
    orNull(options[option as keyof ClientOptions]),
  ])
  const jwks = options.jwksFile === undefined ? {} : { jwks: await jwksIn(io, options.jwksFile) }
  return { ...Object.fromEntries(said.filter(([, value]) => value !== undefined)), ...jwks }
}

/** The same for an update, where lists can also grow and shrink. */
export async function updateOf(io: Io, client: Client, options: ClientOptions & ListOptions): Promise<ClientUpdate> {
  const redirectUris = changed(client.redirectUris, {
    set: options.redirectUri,
    add: options.addRedirectUri,
    remove: options.removeRedirectUri,
  })
  const postLogoutRedirectUris = changed(client.postLogoutRedirectUris, {
    set: options.postLogoutRedirectUri,
    add: options.addPostLogoutRedirectUri,
    remove: options.removePostLogoutRedirectUri,
  })
  const scopes = changed(client.scopes, { set: options.scope, add: options.addScope, remove: options.removeScope })
  return {
    ...(await registrationOf(io, options)),
    ...(redirectUris && { redirectUris }),
    ...(postLogoutRedirectUris && { postLogoutRedirectUris }),
    ...(scopes && { scopes }),
  }
}

async function jwksIn(io: Io, path: string): Promise<Said['jwks']> {
  try {
    return JSON.parse(await io.read({ path }))
  } catch (error) {
    if (error instanceof SyntaxError) throw usageError(`${path} holds no JSON`, 'It should hold {"keys": […]}.')
    throw error
  }
}
