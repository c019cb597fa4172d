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
  const endpoints = endpointsOf(options, current.endpoints)
  const settings = defined({ tenant, 'team-id': teamId, 'key-id': keyId })
  const mapping = mappingOf(options, current.mapping)
  const policy = policyOf(options, current.roleMapping)
  return {
    ...defined({ title, clientId, position, scopes: listOf(scope), endpoints }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(Object.keys(mapping).length > 0 && { mapping }),
    ...(Object.keys(policy).length > 0 && { policy }),
  }
}

function endpointsOf(options: ProviderOptions, before: Endpoints | null): Endpoints | undefined {
  const changes = defined({
    authorization: options.authorizationEndpoint,
    token: options.tokenEndpoint,
    userinfo: options.userinfoEndpoint,
    emails: options.emailsEndpoint,
  })
  return Object.keys(changes).length > 0 ? ({ ...before, ...changes } as Endpoints) : undefined
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
  const lists = {
    domains: options.domain,
    roles: options.role,
    trustedAmr: options.trustAmr,
    trustedAcr: options.trustAcr,
  }
  const changed = Object.entries(lists).map(([name, list]) => [name, listOf(list)])
  const roleMapping = roleMappingOf(options, before)
  return defined({ registration, linking, profile, keepTokens, signOut, roleMapping, ...Object.fromEntries(changed) })
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
  const roles = new Map<string, string[]>()
  for (const [value, role] of pairs) roles.set(value, [...(roles.get(value) ?? []), role])
  return Object.fromEntries(roles)
}

/** `none` alone is an empty list. */
function listOf(list: readonly string[] | undefined): string[] | undefined {
  return list?.filter(item => item !== 'none')
}
