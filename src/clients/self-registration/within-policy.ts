import { InvalidInput } from '../../base/refusals.ts'
import type { Profile } from '../client.ts'
import type { ClientRegistration } from '../registration.ts'
import { RESPONSE_TYPES, type ResponseType, returnsTokens } from '../response-types.ts'
import { LOOPBACK } from '../uris.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { RegistrationPolicy } from './registration-policy.ts'

/** Scopes that a program gets only if it asks for them. */
const ON_REQUEST = ['phone', 'address']

/**
 * The registration for what a program asks for, as far as the policy allows it. What it may not have is left out, which
 * the answer shows; if nothing is left of something that it needs, the request is refused. What only operators decide,
 * such as consent, is not part of it. The result is checked like any registration (registration.ts).
 * @throws InvalidInput
 */
export function withinPolicy(metadata: ClientMetadata, policy: RegistrationPolicy) {
  const problems: Record<string, string> = {}
  const allowedGrants = metadata.grant_types?.filter(type => policy.grantTypes.includes(type))
  const machine = allowedGrants?.includes('client_credentials') && !allowedGrants.includes('authorization_code')
  const responseTypes = machine ? [] : allowedTypes(metadata, policy.responseTypes, allowedGrants)
  if (allowedGrants?.length === 0) problems.grantTypes = `none of them is allowed here: ${policy.grantTypes.join(', ')}`
  else if (!machine && responseTypes.length === 0)
    problems.responseTypes = `none of them is allowed with these grant types here: ${policy.responseTypes.join(', ')}`

  const profile = profileOf(metadata, machine)
  // Without `grant_types`, a program gets authorization codes alone (RFC 7591 section 2).
  const refreshTokens = allowedGrants?.includes('refresh_token') ?? false
  const allowed = policy.scopes.filter(name => name !== 'offline_access' || refreshTokens)
  const requested = metadata.scope?.split(' ').filter(Boolean)
  // A program that may refresh can ask for `offline_access`, though its `scope` may name those of an API alone.
  const scopes = requested
    ? allowed.filter(name => requested.includes(name) || name === 'offline_access')
    : allowed.filter(name => !ON_REQUEST.includes(name))
  if (requested?.length && scopes.every(name => name === 'offline_access'))
    problems.scopes = `none of them is allowed here: ${allowed.join(' ')}`

  const addresses = {
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    backchannelLogoutUri: metadata.backchannel_logout_uri === undefined ? [] : [metadata.backchannel_logout_uri],
  }
  for (const [field, uris] of Object.entries(addresses)) {
    const foreign = uris.find(uri => !hostAllowed(uri, policy.redirectHosts, profile))
    if (foreign !== undefined)
      problems[field] = `${JSON.stringify(foreign)} is not at a host that is allowed here: ${policy.redirectHosts}`
  }
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems)

  return {
    name: metadata.client_name ?? defaultName(metadata.redirect_uris),
    profile,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    responseTypes,
    refreshTokens,
    scopes,
    tokenEndpointAuthMethod: metadata.token_endpoint_auth_method as NonNullable<
      ClientRegistration['tokenEndpointAuthMethod']
    >,
    jwks: (metadata.jwks ?? null) as NonNullable<ClientRegistration['jwks']> | null,
    jwksUri: metadata.jwks_uri ?? null,
    idTokenAlg: metadata.id_token_signed_response_alg as NonNullable<ClientRegistration['idTokenAlg']>,
    backchannelLogoutUri: metadata.backchannel_logout_uri ?? null,
    backchannelLogoutSessionRequired: metadata.backchannel_logout_session_required,
    uri: metadata.client_uri ?? null,
    logoUri: metadata.logo_uri ?? null,
    policyUri: metadata.policy_uri ?? null,
    tosUri: metadata.tos_uri ?? null,
  }
}

/** Those that the policy allows, and for which the program also asks for the grant types (RFC 7591 section 2.1). */
function allowedTypes(
  { response_types: requested = ['code'] }: ClientMetadata,
  allowed: readonly string[],
  grants: readonly string[] | undefined,
): ResponseType[] {
  const spelled = requested.map(type => type.split(' ').sort().join(' '))
  return RESPONSE_TYPES.filter(
    type =>
      spelled.includes(type) &&
      allowed.includes(type) &&
      (grants === undefined ||
        ((!type.includes('code') || grants.includes('authorization_code')) &&
          (!returnsTokens(type) || grants.includes('implicit')))),
  )
}

function profileOf(metadata: ClientMetadata, machine: boolean | undefined): Profile {
  if (machine) return 'machine'
  if (metadata.application_type === 'native') return 'native'
  return metadata.token_endpoint_auth_method === 'none' ? 'spa' : 'web'
}

/** An application on the person's own device receives its answer there, whatever the hosts. */
function hostAllowed(uri: string, hosts: readonly string[] | null, profile: Profile): boolean {
  const url = URL.parse(uri)
  if (hosts === null || !url) return true
  if (profile === 'native' && url.protocol === 'http:' && LOOPBACK.has(url.hostname)) return true
  return hosts.includes(hostOf(url))
}

/** The hosts of these addresses, as a policy lists them; null if there are none. */
export function hostsOf(uris: unknown): string[] | null {
  if (!uris) return null
  const urls = [uris].flat().map(uri => URL.parse(String(uri)))
  return [...new Set(urls.flatMap(url => (url ? [hostOf(url)] : [])))]
}

/** The scheme stands for the host of a native application's own scheme. */
function hostOf({ protocol, hostname }: URL): string {
  return /^https?:$/.test(protocol) ? hostname : protocol
}

function defaultName([first = '']: readonly string[]): string {
  const url = URL.parse(first)
  return url?.hostname || url?.protocol.slice(0, -1) || 'Application'
}
