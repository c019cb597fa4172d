import type { Definition } from '../../src/federation/definition.ts'
import type { Mapping } from '../../src/federation/mapping.ts'
import type { Policy } from '../../src/federation/policy.ts'
import type { Endpoints } from '../../src/federation/preset.ts'
import { usageError } from '../failures.ts'
import { NOTHING } from '../values.ts'
import type { OnceOptions, ProviderOptions } from './options.ts'

/** What stands before the options are heard: the preset's, or what the provider has. */
export interface Standing {
  endpoints: Endpoints | null
  mapping: Mapping
  roleMapping: Policy['roleMapping']
}

export type Said = Partial<Omit<Definition, 'kind' | 'name' | 'issuer' | 'secret'>>

/** What the options say, in the words of the noun, which checks it. */
export function changesOf(options: ProviderOptions & OnceOptions, standing: Standing): Said {
  const { title, clientId, tenant, teamId, keyId, scope, position } = options
  const endpoints = endpointsOf(options, standing.endpoints)
  const settings = said({ tenant, 'team-id': teamId, 'key-id': keyId })
  const mapping = mappingOf(options, standing.mapping)
  const policy = policyOf(options, standing.roleMapping)
  return {
    ...said({ title, clientId, position, scopes: listOf(scope), endpoints }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(Object.keys(mapping).length > 0 && { mapping }),
    ...(Object.keys(policy).length > 0 && { policy }),
  }
}

function endpointsOf(options: ProviderOptions, before: Endpoints | null): Endpoints | undefined {
  const changes = said({
    authorization: options.authorizationEndpoint,
    token: options.tokenEndpoint,
    userinfo: options.userinfoEndpoint,
    emails: options.emailsEndpoint,
  })
  return Object.keys(changes).length > 0 ? ({ ...before, ...changes } as Endpoints) : undefined
}

function mappingOf({ map, emailVerified }: ProviderOptions, { profile }: Mapping): Partial<Mapping> {
  const { subject, email, ...claims } = Object.fromEntries(map ?? [])
  const changed = Object.entries({ ...profile, ...claims }).filter(([, path]) => path !== 'none')
  return said({
    subject,
    email,
    emailVerified,
    profile: Object.keys(claims).length > 0 ? Object.fromEntries(changed) : undefined,
  })
}

function policyOf(options: ProviderOptions, before: Policy['roleMapping']): Partial<Policy> {
  const { registration, linking, profile, keepTokens, signOut } = options
  const lists = {
    domains: options.domain,
    roles: options.role,
    trustedAmr: options.trustAmr,
    trustedAcr: options.trustAcr,
  }
  const changed = Object.entries(lists).map(([name, list]) => [name, listOf(list)])
  const roleMapping = roleMappingOf(options, before)
  return said({ registration, linking, profile, keepTokens, signOut, roleMapping, ...Object.fromEntries(changed) })
}

function roleMappingOf(
  { roleClaim, roleMap }: ProviderOptions,
  before: Policy['roleMapping'],
): Policy['roleMapping'] | undefined {
  if (roleClaim === NOTHING) return null
  if (roleClaim === undefined && roleMap === undefined) return undefined
  const claim = roleClaim ?? before?.claim
  const roles = roleMap ? grouped(roleMap) : before?.roles
  if (!claim) throw usageError('where do the values stand that give roles?', 'Give --role-claim too.')
  if (!roles) throw usageError('which values give which roles?', 'Give --role-map value=role too.')
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

/** Without what is not said. */
function said<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
