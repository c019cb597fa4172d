import { z } from 'zod'
import type { Client as StoredClient } from '../../../../clients/client.ts'
import { type ClientRegistration, type ClientUpdate, registrationShape } from '../../../../clients/registration.ts'
import { REGISTERED_BY } from '../../../../clients/self-registration/registration-policy.ts'
import { camelCase, changes, snakeCased } from '../names.ts'
import { json, moment } from '../values.ts'
import { permission } from './roles.ts'

/** The fields that OAuth metadata spells otherwise (RFC 7591 section 2). */
export const METADATA_NAMES = {
  id: 'client_id',
  name: 'client_name',
  uri: 'client_uri',
  idTokenAlg: 'id_token_signed_response_alg',
} as const

const { id, name, uri, idTokenAlg, profile, ...others } = registrationShape.shape
const changeable = {
  client_name: name,
  client_uri: uri,
  id_token_signed_response_alg: idTokenAlg,
  ...snakeCased(others),
  permissions: z.array(permission).default([]),
}

export const NewClient = z.strictObject({ client_id: id, profile, ...changeable }).meta({ title: 'NewClient' })
export const ClientChanges = z.strictObject(changes(changeable)).meta({ title: 'ClientUpdate' })

/** The changes in our own terms; what the body leaves out stays out. */
export function changesIn(body: z.output<typeof ClientChanges>): ClientUpdate {
  const { client_name: name, client_uri: uri, id_token_signed_response_alg: idTokenAlg, ...same } = body
  const given = Object.entries({ name, uri, idTokenAlg }).filter(([, value]) => value !== undefined)
  return { ...camelCase(same), ...Object.fromEntries(given) }
}

export function registrationIn({ client_id: id, profile, ...body }: z.output<typeof NewClient>): ClientRegistration {
  return { ...changesIn(body), id, profile, name: body.client_name }
}

const text = z.string()
const address = text.nullable()
const seconds = z.int().nullable().meta({ description: 'Seconds; null for the lifetime of the installation.' })

/** A client as a GET answers it: never its secret, nor a digest of one. */
export const Client = z
  .object({
    client_id: text,
    client_name: text,
    profile: text.meta({ description: 'web, spa, native or machine.' }),
    redirect_uris: z.array(text),
    post_logout_redirect_uris: z.array(text),
    grant_types: z.array(text),
    response_types: z.array(text),
    scopes: z.array(text),
    permissions: z.array(text).meta({ description: 'What it may do at Gatehouse itself.' }),
    token_endpoint_auth_method: text,
    has_secret: z.boolean(),
    jwks: z.object({ keys: z.array(z.looseObject({})) }).nullable(),
    jwks_uri: address,
    id_token_signed_response_alg: text,
    pkce: text,
    roles_claim: text,
    claims: z.array(z.looseObject({})),
    first_party: z.boolean(),
    verified_email_required: z.boolean(),
    second_factor_required: z.boolean(),
    allowed_roles: z.array(text),
    denied_roles: z.array(text),
    access_token_format: text,
    access_token_ttl: seconds,
    revoke_on_refresh: z.boolean().nullable().meta({ description: 'Null for REVOKE_ON_REFRESH of the installation.' }),
    introspects: z.array(text).meta({ description: 'The APIs whose access tokens it may introspect.' }),
    refresh_token_ttl: seconds,
    refresh_token_max_ttl: seconds,
    backchannel_logout_uri: address,
    backchannel_logout_session_required: z.boolean(),
    client_uri: address,
    logo_uri: address,
    policy_uri: address,
    tos_uri: address,
    created_at: moment,
    registered_by: z.enum(REGISTERED_BY),
    registered_with: address.meta({ description: 'The registration token, or the issuer of the software statement.' }),
    warnings: z.array(text).meta({ description: 'What it may do although current practice advises against it.' }),
  })
  .meta({ id: 'Client' })

export function clientJson(client: StoredClient): z.output<typeof Client> {
  const { id, name, uri, idTokenAlg, ...same } = client.summary()
  const named = { client_id: id, client_name: name, client_uri: uri, id_token_signed_response_alg: idTokenAlg }
  const members = Object.entries({ ...named, ...json(same) }).map(([member, value]) => [member, value ?? null])
  return Client.parse(Object.fromEntries(members))
}
