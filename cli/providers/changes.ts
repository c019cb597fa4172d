import type { ClaimMapping } from '../../src/federation/providers/claim-mapping.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { ProviderPolicy } from '../../src/federation/providers/policy.ts'
import type { Endpoints } from '../../src/federation/providers/preset.ts'
import { usageError } from '../kit/failures.ts'
import { defined } from '../kit/values.ts'
import type { OnceOptions, ProviderOptions } from './options.ts'

/** The values before the options apply: those of the preset, or of the provider. */
interface Current {
  endpoints: Endpoints | null
  mapping: ClaimMapping
  roleMapping: ProviderPolicy['roleMapping']
}

type Given = Partial<Omit<ProviderDefinition, 'kind' | 'name' | 'issuer' | 'secret'>>

/** The definition that the options describe; `app.identityProviders` checks it. */
export function changesOf(options: ProviderOptions & OnceOptions, current: Current): Given {
  const { title, clientId, tenant, teamId, keyId, scope, position } = options
  return defined({
    title,
    clientId,
    position,
    scopes: listOf(scope),
    endpoints: endpointsOf(options, current.endpoints),
    settings: unlessEmpty(defined({ tenant, 'team-id': teamId, 'key-id': keyId })),
    mapping: unlessEmpty(mappingOf(options, current.mapping)),
    policy: unlessEmpty(policyOf(options, current.roleMapping)),
  })
}

function unlessEmpty<T extends object>(members: T): T | undefined {
  return Object.keys(members).length > 0 ? members : undefined
}

function endpointsOf(options: ProviderOptions, before: Endpoints | null): Endpoints | undefined {
  const changes = defined({
    authorization: options.authorizationEndpoint,
    token: options.tokenEndpoint,
    userinfo: options.userinfoEndpoint,
    emails: options.emailsEndpoint,
  })
  return unlessEmpty(changes) && ({ ...before, ...changes } as Endpoints)
}

function mappingOf({ map, emailVerified }: ProviderOptions, { profile }: ClaimMapping): Partial<ClaimMapping> {
  const { subject, email, ...claims } = Object.fromEntries(map ?? [])
  const changed = Object.entries({ ...profile, ...claims }).filter(([, path]) => path !== 'none')
  return defined({
    subject,
    email,
    emailVerified,
    profile: Object.keys(claims).length > 0 ? Object.fromEntries(changed) : undefined,
  })
}

function policyOf(options: ProviderOptions, before: ProviderPolicy['roleMapping']): Partial<ProviderPolicy> {
  const { registration, linking, profile, keepTokens, signOut } = options
  return defined({
    registration,
    linking,
    profile,
    keepTokens,
    signOut,
    domains: listOf(options.domain),
    roles: listOf(options.role),
    trustedAmr: listOf(options.trustAmr),
    trustedAcr: listOf(options.trustAcr),
    roleMapping: roleMappingOf(options, before),
  })
}

function roleMappingOf(
  { roleClaim, roleMap }: ProviderOptions,
  before: ProviderPolicy['roleMapping'],
): ProviderPolicy['roleMapping'] | undefined {
  if (roleClaim === null) return null
  if (roleClaim === undefined && roleMap === undefined) return undefined
  const claim = roleClaim ?? before?.claim
  const roles = roleMap ? grouped(roleMap) : before?.roles
  if (!claim) throw usageError('--role-map also needs --role-claim', 'It is the claim that holds the groups or roles.')
  if (!roles)
    throw usageError('--role-claim also needs --role-map', 'It maps a value to a role: --role-map staff=editor.')
  return { claim, roles }
}

function grouped(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const byValue = [...Map.groupBy(pairs, ([value]) => value)]
  return Object.fromEntries(byValue.map(([value, of]) => [value, of.map(([, role]) => role)]))
}

/** `none` alone is an empty list. */
function listOf(list: readonly string[] | undefined): string[] | undefined {
  return list?.filter(item => item !== 'none')
}
