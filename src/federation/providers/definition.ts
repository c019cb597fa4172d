import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { PROFILE_CLAIMS } from '../../accounts/profile.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { ClaimMapping } from './claim-mapping.ts'
import { DEFAULT_POLICY, type ProviderPolicy } from './policy.ts'
import type { Endpoints, Preset } from './preset.ts'
import { KINDS, type Kind, presetOf } from './presets.ts'

/** What an operator says of an upstream provider; what is left out comes from its preset. */
export interface ProviderDefinition {
  kind: Kind
  /** Its kind if nothing else is said. */
  name?: string
  title?: string
  issuer?: string | null
  endpoints?: Endpoints | null
  clientId: string
  secret?: string | null
  settings?: Record<string, string>
  scopes?: readonly string[]
  /** Single members in place of the preset's. */
  mapping?: Partial<ClaimMapping>
  policy?: Partial<ProviderPolicy>
  position?: number
}

interface CheckedDefinition {
  kind: Kind
  name: string
  title: string
  issuer: string | null
  endpoints: Endpoints | null
  clientId: string
  secret: string | null
  settings: Record<string, string>
  scopes: string[]
  mapping: ClaimMapping
  policy: ProviderPolicy
  position: number
}

/** Stands for the secret where it is only asked whether there is one. */
export const STORED_SECRET = 'kept'

/** Whoever may do everything here is named here, never by others. */
const NEVER_MAPPED = 'superuser'

const address = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(500)
const path = z.string().min(1).max(200)
const word = z.string().trim().min(1).max(200)
const role = word.refine(name => name !== NEVER_MAPPED, `${NEVER_MAPPED} is never given by a provider`)

const mapping = z.strictObject({
  subject: path,
  email: path,
  emailVerified: z.union([
    z.enum(['always', 'never']),
    z.strictObject({ claim: path, values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
  ]),
  profile: z.partialRecord(z.enum(PROFILE_CLAIMS as [string, ...string[]]), path),
})

const policy = z.strictObject({
  registration: z.boolean().nullable(),
  domains: z.array(z.string().regex(/^([a-z0-9-]+\.)+[a-z0-9-]{2,}$/, 'must be a domain such as example.com')).max(100),
  linking: z.boolean(),
  roles: z.array(role).max(50),
  roleMapping: z.strictObject({ claim: path, roles: z.record(word, z.array(role).min(1)) }).nullable(),
  profile: z.enum(['once', 'always']),
  trustedAmr: z.array(word).max(50),
  trustedAcr: z.array(word).max(50),
  keepTokens: z.boolean(),
  signOut: z.boolean(),
})

const shape = z.strictObject({
  kind: z.enum(KINDS),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and "-", and begin with a letter'),
  title: z.string().trim().min(1).max(60),
  issuer: address.refine(url => !/[?#]/.test(url), 'an issuer has neither query nor fragment').nullable(),
  endpoints: z
    .strictObject({ authorization: address, token: address, userinfo: address, emails: address.optional() })
    .nullable(),
  clientId: word,
  secret: z.string().trim().min(1).max(20_000).nullable(),
  settings: z.record(z.string(), word),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be a scope')).max(50),
  mapping,
  policy,
  position: z.int().min(0).max(10_000),
})

/** @throws InvalidInput naming every field that is wrong or missing */
export function checkDefinition(definition: ProviderDefinition): CheckedDefinition {
  if (!KINDS.includes(definition.kind)) throw new InvalidInput({ kind: `must be one of ${KINDS.join(', ')}` })
  const preset = presetOf(definition.kind)
  const settings = { ...defaultSettings(preset.settings), ...definition.settings }
  const parsed = shape.safeParse({
    ...definition,
    name: definition.name ?? definition.kind,
    title: definition.title ?? preset.title,
    issuer: definition.issuer ?? defaultIssuer(preset, settings, definition),
    endpoints: definition.endpoints ?? preset.endpoints,
    secret: definition.secret ?? null,
    settings,
    scopes: definition.scopes ?? [...preset.scopes],
    mapping: { ...preset.mapping, ...definition.mapping },
    policy: { ...DEFAULT_POLICY, signOut: definition.kind === 'oidc', ...definition.policy },
    position: definition.position ?? 100,
  })
  const problems = parsed.success
    ? missing(parsed.data as CheckedDefinition)
    : Object.fromEntries(parsed.error.issues.map(issue => [issue.path.join('.') || 'provider', issue.message]))
  if (!parsed.success || Object.keys(problems).length > 0) throw new InvalidInput(problems)
  return parsed.data as CheckedDefinition
}

/** What this kind cannot do without, or does not know. */
function missing({ kind, issuer, endpoints, secret, settings }: CheckedDefinition): Record<string, string> {
  const preset = presetOf(kind)
  const problems: Record<string, string> = {}
  if (preset.protocol === 'oidc' && !issuer) problems.issuer = 'is required: the address of the provider'
  if (preset.protocol === 'oauth2' && !endpoints) problems.endpoints = 'are required: this kind has no discovery'
  if (!secret && !preset.secretOptional) problems.secret = 'is required'
  if (secret && secret !== STORED_SECRET && preset.authentication === 'signed' && !isSigningKey(secret))
    problems.secret = 'must be a private key, the .p8 file that begins with -----BEGIN PRIVATE KEY-----'
  for (const name of Object.keys(preset.settings)) if (!settings[name]) problems[name] = 'is required'
  for (const name of Object.keys(settings)) if (!preset.settings[name]) problems[name] = `is not a setting of ${kind}`
  return problems
}

/** Whether ES256 can be signed with it. */
function isSigningKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

function defaultSettings(settings: Preset['settings']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, { default: fallback }]) => (fallback ? [[name, fallback]] : [])),
  )
}

/** Of plain OAuth 2.0 elsewhere than usual, nobody knows it. */
function defaultIssuer(
  preset: Preset,
  settings: Record<string, string>,
  { endpoints }: ProviderDefinition,
): string | null {
  if (preset.protocol === 'oauth2' && endpoints) return null
  return preset.issuer && filledIn(preset.issuer, settings)
}

/** `https://login.example.com/{tenant}`: with the setting in its place. */
function filledIn(template: string, settings: Record<string, string>): string {
  return template.replace(/\{([\w-]+)\}/g, (_whole, name: string) => settings[name] ?? '')
}
