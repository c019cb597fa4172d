import { z } from 'zod'
import type { App } from '../../../../app.ts'
import { mappingSchema } from '../../../../federation/providers/claim-mapping.ts'
import { definitionSchema, type ProviderDefinition } from '../../../../federation/providers/definition.ts'
import type { IdentityProvider } from '../../../../federation/providers/identity-provider.ts'
import { policySchema } from '../../../../federation/providers/policy.ts'
import { camelCase, changes, snakeCased } from '../names.ts'
import { json, moment } from '../values.ts'

/** The fields that have another name in bodies. */
export const PROVIDER_NAMES = { secret: 'client_secret' } as const

const { kind, name, issuer, clientId, secret, title, endpoints, settings, scopes, position } = definitionSchema.shape
const changeable = changes({
  title,
  client_secret: secret.meta({ description: 'Or the private key (PEM) that signs one, for apple.' }),
  endpoints,
  settings,
  scopes,
  mapping: z.strictObject(changes(snakeCased(mappingSchema.shape))),
  policy: z.strictObject(changes(snakeCased(policySchema.shape))),
  position,
})

export const NewProvider = z
  .strictObject({ kind, ...changes({ name, issuer }), client_id: clientId, ...changeable })
  .meta({ title: 'NewProvider' })
export const ProviderChanges = z
  .strictObject({ ...changes({ client_id: clientId }), ...changeable })
  .meta({ title: 'ProviderUpdate' })

/** The body in our own terms; what it leaves out stays out. */
export function definitionIn<Body extends z.output<typeof NewProvider> | z.output<typeof ProviderChanges>>({
  ...body
}: Body) {
  const { client_secret: secret, mapping, policy, ...same } = body
  return {
    ...camelCase(same),
    ...(secret !== undefined && { secret }),
    ...(mapping && { mapping: camelCase(mapping) }),
    ...(policy && { policy: camelCase(policy) }),
  } as Partial<Omit<ProviderDefinition, 'name' | 'kind' | 'issuer'>>
}

const text = z.string()
const names = z.array(text)

/** A provider as a GET answers it: never its secret. */
export const Provider = z
  .object({
    name: text,
    kind: text,
    title: text,
    enabled: z.boolean(),
    issuer: text.nullable(),
    endpoints: z
      .object({ authorization: text, token: text, userinfo: text, emails: text.optional() })
      .nullable()
      .meta({ description: 'Null if they come from discovery.' }),
    client_id: text,
    has_secret: z.boolean(),
    settings: z.record(text, text),
    scopes: names,
    mapping: z.object({
      subject: text,
      email: text,
      email_verified: z.union([
        text,
        z.object({ claim: text, values: z.array(z.union([text, z.number(), z.boolean()])) }),
      ]),
      profile: z.record(text, text),
    }),
    policy: z.object({
      registration: z.boolean().nullable(),
      domains: names,
      linking: z.boolean(),
      roles: names,
      role_mapping: z.object({ claim: text, roles: z.record(text, names) }).nullable(),
      profile: text,
      trusted_amr: names,
      trusted_acr: names,
      keep_tokens: z.boolean(),
      sign_out: z.boolean(),
    }),
    position: z.int(),
    created_at: moment,
    redirect_uri: text.meta({ description: 'The addresses to register at the provider.' }),
    signed_out_uri: text,
    backchannel_logout_uri: text,
  })
  .meta({ id: 'Provider' })

export function providerJson({ upstreamClient }: App, provider: IdentityProvider): z.output<typeof Provider> {
  const { mapping, policy, ...same } = provider.summary()
  const addresses = upstreamClient.clientUris(provider)
  return Provider.parse({ ...json({ ...same, ...addresses }), mapping: json(mapping), policy: json(policy) })
}
