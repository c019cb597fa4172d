import { z } from 'zod'
import { epoch } from '../../base/clock.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Client } from '../client.ts'
import { parsed } from '../registration.ts'

/** The metadata that a program sends and gets (RFC 7591 section 2), and its names for what a registration sets. */

const list = z.array(z.string().max(2000)).max(50)
const text = z.string().max(2000)

/** Members that are not listed are ignored (RFC 7591 section 2). */
const shape = z.object({
  client_name: text.optional(),
  application_type: z.enum(['web', 'native']).default('web'),
  redirect_uris: list.default([]),
  post_logout_redirect_uris: list.default([]),
  grant_types: list.optional(),
  response_types: list.optional(),
  token_endpoint_auth_method: text.default('client_secret_basic'),
  scope: text.optional(),
  jwks: z.looseObject({}).optional(),
  jwks_uri: text.optional(),
  id_token_signed_response_alg: text.default('RS256'),
  backchannel_logout_uri: text.optional(),
  backchannel_logout_session_required: z.boolean().default(false),
  client_uri: text.optional(),
  logo_uri: text.optional(),
  policy_uri: text.optional(),
  tos_uri: text.optional(),
})

export type ClientMetadata = z.output<typeof shape>

/**
 * Members that ask for protection, or for answers in another form, which Gatehouse does not provide. A program that was
 * registered without them would rely on something that it does not get. The value that asks for nothing is allowed.
 */
const NOT_SUPPORTED: Record<string, unknown> = {
  subject_type: 'public',
  dpop_bound_access_tokens: false,
  require_pushed_authorization_requests: false,
  require_signed_request_object: false,
  tls_client_certificate_bound_access_tokens: false,
  require_auth_time: false,
  default_max_age: undefined,
  default_acr_values: undefined,
  request_object_signing_alg: undefined,
  request_object_encryption_alg: undefined,
  id_token_encrypted_response_alg: undefined,
  userinfo_signed_response_alg: undefined,
  userinfo_encrypted_response_alg: undefined,
  introspection_signed_response_alg: undefined,
  introspection_encrypted_response_alg: undefined,
  authorization_signed_response_alg: undefined,
  authorization_encrypted_response_alg: undefined,
}

/** Characters that are invisible, reorder others, or end the line: a name with them could imitate another one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** @throws InvalidInput that names the members */
export function readMetadata(body: unknown): ClientMetadata {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidInput({ body: 'must be a JSON object' })
  // Empty values mean the same as absent ones (RFC 7592 section 2.2).
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== ''))
  for (const [name, harmless] of Object.entries(NOT_SUPPORTED))
    if (given[name] !== undefined && given[name] !== harmless)
      throw new InvalidInput({ [name]: 'is not supported with this value' })
  const metadata = parsed(shape, given, 'body')
  if (metadata.client_name && INVISIBLE.test(metadata.client_name))
    throw new InvalidInput({ client_name: 'contains characters that are invisible or change the direction of text' })
  return metadata
}

/** The names of metadata by the property of a registration that they set. */
const NAMES: Readonly<Record<string, string>> = {
  name: 'client_name',
  profile: 'application_type',
  redirectUris: 'redirect_uris',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  grantTypes: 'grant_types',
  responseTypes: 'response_types',
  tokenEndpointAuthMethod: 'token_endpoint_auth_method',
  scopes: 'scope',
  jwksUri: 'jwks_uri',
  idTokenAlg: 'id_token_signed_response_alg',
  backchannelLogoutUri: 'backchannel_logout_uri',
  backchannelLogoutSessionRequired: 'backchannel_logout_session_required',
  uri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
}

/** The error response to invalid metadata (RFC 7591 section 3.2.2). */
export function metadataError({ fields }: InvalidInput): { error: string; error_description: string } {
  const problems = Object.entries(fields).map(([field, problem]) => {
    const [first = '', ...rest] = field.split('.')
    return { name: NAMES[first] ?? first, text: `${[NAMES[first] ?? first, ...rest].join('.')}: ${problem}` }
  })
  const redirect = problems.every(({ name }) => name === 'redirect_uris')
  return {
    error: redirect ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    // Only these characters may be in a description (RFC 6749 section 5.2).
    error_description: problems
      .map(problem => problem.text)
      .join('; ')
      .replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")
      .slice(0, 500),
  }
}

/** What is registered, as the answer tells it (RFC 7591 section 3.2.1). */
export function registeredMetadata(client: Client): Record<string, unknown> {
  const { profile, scopes, jwks, jwksUri, backchannelLogoutUri, uri, logoUri, policyUri, tosUri } = client
  const optional = {
    ...{ jwks, jwks_uri: jwksUri, backchannel_logout_uri: backchannelLogoutUri },
    ...{ client_uri: uri, logo_uri: logoUri, policy_uri: policyUri, tos_uri: tosUri },
    software_statement: client.registrationPolicy?.stated?.text,
  }
  return {
    client_id: client.id,
    client_id_issued_at: epoch(client.createdAt),
    client_name: client.name,
    application_type: profile === 'native' ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    scope: scopes.join(' '),
    id_token_signed_response_alg: client.idTokenAlg,
    subject_type: 'public',
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value != null)),
  }
}
