import { InvalidArgumentError, Option } from 'commander'
import type { ClaimMapping } from '../../src/federation/providers/claim-mapping.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { ProviderPolicy } from '../../src/federation/providers/policy.ts'
import { count, repeated, textOrNone } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

type OfDefinition = Pick<ProviderDefinition, 'title' | 'clientId' | 'position'>
type OfPolicy = Pick<ProviderPolicy, 'registration' | 'linking' | 'profile' | 'keepTokens' | 'signOut'>

/** The options that `providers add` and `providers update` share. Undefined: not given. */
export interface ProviderOptions extends Partial<OfDefinition & OfPolicy> {
  clientSecretFile?: string
  authorizationEndpoint?: string
  tokenEndpoint?: string
  userinfoEndpoint?: string
  emailsEndpoint?: string
  scope?: string[]
  teamId?: string
  keyId?: string
  map?: Pair[]
  emailVerified?: EmailVerified
  domain?: string[]
  role?: string[]
  roleClaim?: string | null
  roleMap?: Pair[]
  trustAmr?: string[]
  trustAcr?: string[]
}

/** The options that cannot be changed later. */
export interface OnceOptions {
  name?: string
  issuer?: string
  tenant?: string
}

/** `name=value` */
type Pair = readonly [name: string, value: string]

type EmailVerified = ClaimMapping['emailVerified']

export function onceOptions(verb: Verb): Verb {
  return verb
    .option('--name <name>', 'Permanent name in addresses and commands; the kind by default')
    .option('--issuer <url>', 'Issuer, for oidc and for a self-hosted gitlab')
    .option('--tenant <tenant>', 'Tenant ID, or organizations, consumers or common, for microsoft')
}

export function providerOptions(verb: Verb): Verb {
  return verb
    .option('--title <title>', 'Name shown to people, as in "Continue with Google"')
    .option('--client-id <id>', 'Client ID that the provider gave to Gatehouse')
    .option(
      '--client-secret-file <file>',
      'File with the client secret, or the .p8 key for apple; - for standard input',
    )
    .option('--team-id <id>', 'Team ID, for apple')
    .option('--key-id <id>', 'ID of the key in the .p8 file, for apple')
    .option('--authorization-endpoint <url>', 'Authorization endpoint, for plain OAuth 2.0')
    .option('--token-endpoint <url>', 'Token endpoint, for plain OAuth 2.0')
    .option('--userinfo-endpoint <url>', 'Endpoint that returns the user as JSON, for plain OAuth 2.0')
    .option('--emails-endpoint <url>', "Endpoint that lists the user's emails, such as GitHub's")
    .option('--scope <scope>', 'Scope to request, instead of the default ones; repeatable; none for no scope', repeated)
    .option(
      '--map <claim=path>',
      'Path of a claim in the response, such as name=user.full_name; also for subject and email; none ignores it; repeatable',
      pairs,
    )
    .option(
      '--email-verified <rule>',
      'When the email counts as verified: always, never, or claim=value such as verified=true; repeatable for more values',
      emailVerified,
    )
    .option('--registration', 'Create accounts for new people, regardless of REGISTRATION')
    .option('--no-registration', 'Only admit people who already have an account')
    .option('--domain <domain>', 'Only admit verified emails at this domain; repeatable; none for any domain', repeated)
    .option('--linking', 'Let people connect an existing account with the same email at sign-in (the default)')
    .option('--no-linking', 'Let people connect an existing account only on their account page')
    .option('--role <role>', 'Role for new accounts; repeatable; none for no role', repeated)
    .option('--role-claim <path>', 'Path of the claim with groups or roles, or none', textOrNone)
    .option('--role-map <value=role>', 'Map a value of that claim to a role, at every sign-in; repeatable', pairsByLast)
    .addOption(
      new Option('--profile <when>', 'Copy the profile at the first sign-in only, or always').choices([
        'once',
        'always',
      ]),
    )
    .option(
      '--trust-amr <value>',
      'Value of amr that counts as a second factor; repeatable; none for no value',
      repeated,
    )
    .option(
      '--trust-acr <value>',
      'Value of acr that counts as a second factor; repeatable; none for no value',
      repeated,
    )
    .option('--keep-tokens', "Store the provider's tokens, encrypted, for applications that may use them")
    .option('--no-keep-tokens', "Discard the provider's tokens (the default)")
    .option('--sign-out', 'Also sign people out at the provider (the default for oidc)')
    .option('--no-sign-out', 'Leave people signed in at the provider (the default for all others)')
    .option('--position <number>', 'Position on the sign-in page, lowest first', count)
}

/** `name=user.full_name`, repeatable; the value may contain further `=`. */
function pairs(text: string, before: Pair[] = []): Pair[] {
  return [...before, pairAt(text, text.indexOf('='))]
}

/** `cn=staff,dc=example=staff`: a group may contain `=`, a role cannot. */
function pairsByLast(text: string, before: Pair[] = []): Pair[] {
  return [...before, pairAt(text, text.lastIndexOf('='))]
}

function pairAt(text: string, at: number): Pair {
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Expected name=value.')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** `verified=true` is the boolean and `verified="true"` the string, as in JSON. */
function emailVerified(text: string, before?: EmailVerified): EmailVerified {
  if (text === 'always' || text === 'never') return text
  const [claim, said] = pairAt(text, text.indexOf('='))
  const values = typeof before === 'object' && before.claim === claim ? before.values : []
  return { claim, values: [...values, scalar(said)] }
}

function scalar(text: string): string | number | boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
