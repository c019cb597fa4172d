import { InvalidArgumentError, Option } from 'commander'
import type { NOTHING } from '../values.ts'
import { count, repeated, textOrNone } from '../values.ts'
import type { Verb } from '../verb.ts'

/** What `providers add` and `providers update` both take. Undefined: nothing was said. */
export interface ProviderOptions {
  title?: string
  clientId?: string
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
  registration?: boolean
  domain?: string[]
  linking?: boolean
  role?: string[]
  roleClaim?: string | typeof NOTHING
  roleMap?: Pair[]
  profile?: 'once' | 'always'
  trustAmr?: string[]
  trustAcr?: string[]
  keepTokens?: boolean
  signOut?: boolean
  position?: number
}

/** What is decided once, when it is added. */
export interface OnceOptions {
  name?: string
  issuer?: string
  tenant?: string
}

/** `name=value` */
type Pair = readonly [name: string, value: string]

type EmailVerified = 'always' | 'never' | { claim: string; values: (string | number | boolean)[] }

export function onceOptions(verb: Verb): Verb {
  return verb
    .option('--name <name>', 'what it is called in addresses and here, for good; its kind if nothing is said')
    .option('--issuer <url>', 'of an OpenID Provider, as its ID tokens say it; for oidc, and for a GitLab of your own')
    .option('--tenant <tenant>', 'for microsoft: the ID of your tenant, or organizations, consumers or common')
}

export function providerOptions(verb: Verb): Verb {
  return verb
    .option('--title <title>', 'what people know it as: what its button says')
    .option('--client-id <id>', 'what the provider calls us')
    .option('--client-secret-file <file>', 'the client secret, for apple the .p8 key; - for standard input')
    .option('--team-id <id>', 'for apple: the team')
    .option('--key-id <id>', 'for apple: the key that the .p8 file holds')
    .option('--authorization-endpoint <url>', 'where people sign in; for plain OAuth 2.0')
    .option('--token-endpoint <url>', 'where a code becomes a token; for plain OAuth 2.0')
    .option('--userinfo-endpoint <url>', 'where it says who somebody is; for plain OAuth 2.0')
    .option('--emails-endpoint <url>', 'where it lists their addresses, as GitHub does')
    .option('--scope <scope>', 'what it is asked for, in place of the usual; repeatable; none for nothing', repeated)
    .option(
      '--map <claim=path>',
      'where a claim stands in what it says, such as name=user.full_name; also subject and email; a path of none: not taken over; repeatable',
      pairs,
    )
    .option(
      '--email-verified <rule>',
      'when its address is believed: always, never, or claim=value such as verified=true; repeatable for more values',
      emailVerified,
    )
    .option('--registration', 'whoever has no account gets one, whatever REGISTRATION says')
    .option('--no-registration', 'only people who have an account come in')
    .option('--domain <domain>', 'only people with a vouched address there; repeatable; none for everybody', repeated)
    .option('--linking', 'whoever has an account with that address may connect it while signing in (the default)')
    .option('--no-linking', 'they connect it on their account page alone')
    .option('--role <role>', 'a role that new people get; repeatable; none for no role', repeated)
    .option('--role-claim <path>', 'where its groups or roles stand, or none', textOrNone)
    .option('--role-map <value=role>', 'what there gives which role, at every sign-in; repeatable', pairsByLast)
    .addOption(new Option('--profile <when>', 'when it fills in the profile').choices(['once', 'always']))
    .option(
      '--trust-amr <value>',
      'a value of its amr that counts as a second factor; repeatable; none for none',
      repeated,
    )
    .option(
      '--trust-acr <value>',
      'a value of its acr that counts as a second factor; repeatable; none for none',
      repeated,
    )
    .option('--keep-tokens', 'its tokens are kept, sealed, for applications that may have them')
    .option('--no-keep-tokens', 'its tokens are forgotten (the default)')
    .option('--sign-out', 'whoever signs out here is signed out there (the default of oidc)')
    .option('--no-sign-out', 'whoever signs out here stays signed in there (the default of all others)')
    .option('--position <number>', 'lowest first on the sign-in page', count)
}

/** `name=user.full_name`, several times; the value may hold further signs. */
function pairs(text: string, before: Pair[] = []): Pair[] {
  return [...before, pairAt(text, text.indexOf('='))]
}

/** `cn=staff,dc=example=staff`: a group may hold signs, a role does not. */
function pairsByLast(text: string, before: Pair[] = []): Pair[] {
  return [...before, pairAt(text, text.lastIndexOf('='))]
}

function pairAt(text: string, at: number): Pair {
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Give two things with a = between.')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** `verified=true` means the boolean, `verified="true"` a text, as in JSON. */
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
