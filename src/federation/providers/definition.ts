import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { InvalidInput } from '../../base/refusals.ts'
import { parsed } from '../../clients/registration.ts'
import { type ClaimMapping, mappingSchema } from './claim-mapping.ts'
import { type ProviderPolicy, policySchema } from './policy.ts'
import { endpointsSchema, type Preset, webAddress } from './preset.ts'
import { KINDS, presetOf } from './presets.ts'

/** Passed as the secret if the stored one stays unchanged. */
export const STORED_SECRET = 'stored'

const text = z.string().trim().min(1).max(200)

/** What an operator decides, once the preset has filled in the rest. */
export const definitionSchema = z.strictObject({
  kind: z.enum(KINDS),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 characters of a-z, 0-9 and "-", and begin with a-z'),
  title: z.string().trim().min(1).max(60),
  issuer: webAddress.refine(url => !/[?#]/.test(url), 'must have no query and no fragment').nullable(),
  endpoints: endpointsSchema.nullable(),
  clientId: text,
  secret: z.string().trim().min(1).max(20_000).nullable(),
  settings: z.record(z.string(), text),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be a scope')).max(50),
  mapping: mappingSchema,
  policy: policySchema,
  position: z.int().min(0).max(10_000),
})
type CheckedDefinition = z.output<typeof definitionSchema>

/** How an operator defines an upstream provider. What is left out comes from its preset; the default name is its kind. */
export type ProviderDefinition = Pick<CheckedDefinition, 'kind' | 'clientId'> &
  Partial<Omit<CheckedDefinition, 'mapping' | 'policy'>> & {
    mapping?: Partial<ClaimMapping>
    policy?: Partial<ProviderPolicy>
  }

/** @throws InvalidInput naming every field that is wrong or missing */
export function checkDefinition(definition: ProviderDefinition): CheckedDefinition {
  if (!KINDS.includes(definition.kind)) throw new InvalidInput({ kind: `must be one of ${KINDS.join(', ')}` })
  const preset = presetOf(definition.kind)
  const { settings = {} } = definition
  const whole = {
    ...definition,
    name: definition.name ?? definition.kind,
    title: definition.title ?? preset.title,
    issuer: definition.issuer ?? defaultIssuer(preset, settings, definition),
    endpoints: definition.endpoints ?? preset.endpoints,
    secret: definition.secret ?? null,
    settings,
    scopes: definition.scopes ?? preset.scopes,
    mapping: { ...preset.mapping, ...definition.mapping },
    policy: { signOut: definition.kind === 'oidc', ...definition.policy },
    position: definition.position ?? 100,
  }
  const checked = parsed(definitionSchema, whole, 'provider')
  const problems = problemsOf(checked, preset)
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems)
  return checked
}

/** What is missing for this kind, or is not supported by it. */
function problemsOf({ kind, issuer, endpoints, secret, settings }: CheckedDefinition, preset: Preset) {
  const problems: Record<string, string> = {}
  if (preset.protocol === 'oidc' && !issuer) problems.issuer = 'is required: the address of the provider'
  if (preset.protocol === 'oauth2' && !endpoints) problems.endpoints = 'are required: this kind has no discovery'
  if (!secret && !preset.secretOptional) problems.secret = 'is required'
  if (secret && secret !== STORED_SECRET && preset.authentication === 'signed' && !isSigningKey(secret))
    problems.secret = 'must be a private key: the .p8 file that begins with -----BEGIN PRIVATE KEY-----'
  for (const name of Object.keys(preset.settings)) if (!settings[name]) problems[name] = 'is required'
  for (const name of Object.keys(settings)) if (!preset.settings[name]) problems[name] = `is not a setting of ${kind}`
  return problems
}

/** Whether the key can sign ES256. */
function isSigningKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

/** A provider of plain OAuth 2.0 with custom endpoints has no known issuer. */
function defaultIssuer(preset: Preset, settings: Record<string, string>, { endpoints }: ProviderDefinition) {
  if (preset.protocol === 'oauth2' && endpoints) return null
  return preset.issuer?.replace(/\{([\w-]+)\}/g, (_whole, name: string) => settings[name] ?? '') ?? null
}
