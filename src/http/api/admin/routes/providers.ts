import { z } from 'zod'
import { OUTCOMES, previewSignIn } from '../../../../lifecycle/upstream/sign-in-preview.ts'
import { insufficientScope } from '../../../../oidc/bearer/token-refused.ts'
import { route } from '../route.ts'
import { json } from '../values.ts'
import {
  definitionIn,
  NewProvider,
  PROVIDER_NAMES,
  Provider,
  ProviderChanges,
  providerJson,
} from './provider-schema.ts'

const PreviewedSignIn = z
  .object({
    outcome: z.enum(OUTCOMES),
    because: z.string(),
    subject: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    name: z.string().nullable(),
    username: z.string().nullable(),
    profile: z.looseObject({}),
    second_factor: z.boolean().meta({ description: 'Whether a trusted `amr` or `acr` shows one.' }),
    roles: z.array(z.string()),
    unknown_roles: z.array(z.string()).meta({ description: 'Roles that the mapping gives and that do not exist.' }),
  })
  .meta({ id: 'PreviewedSignIn' })

/** Upstream providers, which people can sign in with. */
export const providers = {
  listProviders: route({
    method: 'get',
    path: '/providers',
    permission: 'providers:read',
    summary: 'All upstream providers, in the order of the sign-in page',
    answer: z.object({ providers: z.array(Provider) }),
    async does({ app }) {
      const listed = await app.identityProviders.list()
      return { providers: listed.map(each => providerJson(app, each)) }
    },
  }),

  addProvider: route({
    method: 'post',
    path: '/providers',
    permission: 'providers:write',
    summary: 'Add an upstream provider',
    description: 'What is left out comes from what is known of its kind. Its name, kind and issuer never change.',
    body: NewProvider,
    answer: Provider,
    refuses: [409],
    fields: PROVIDER_NAMES,
    named: 'name',
    async does({ app, by, body }) {
      const { kind, client_id: clientId, name, issuer } = body
      const definition = { ...definitionIn(body), kind, clientId, ...(name && { name }), ...(issuer && { issuer }) }
      return providerJson(app, await app.identityProviders.register(definition, { by }))
    },
  }),

  getProvider: route({
    method: 'get',
    path: '/providers/:provider',
    permission: 'providers:read',
    summary: 'One upstream provider, without its client secret',
    answer: Provider,
    versioned: true,
    does: async ({ app, params }) => providerJson(app, await app.identityProviders.find(params.provider)),
  }),

  updateProvider: route({
    method: 'patch',
    path: '/providers/:provider',
    permission: 'providers:write',
    summary: 'Change an upstream provider',
    description: 'What is left out stays as it is, also within `settings`, `mapping` and `policy`.',
    body: ProviderChanges,
    answer: Provider,
    versioned: true,
    fields: PROVIDER_NAMES,
    does: async ({ app, by, params, body, expect }) =>
      providerJson(
        app,
        await app.identityProviders.update(params.provider, definitionIn(body), {
          by,
          expect: provider => expect(providerJson(app, provider)),
        }),
      ),
  }),

  enableProvider: route({
    method: 'put',
    path: '/providers/:provider/activation',
    permission: 'providers:write',
    summary: 'Enable sign-in with an upstream provider',
    versioned: true,
    async does({ app, by, params, expect }) {
      await app.identityProviders.enable(params.provider, {
        by,
        expect: provider => expect(providerJson(app, provider)),
      })
    },
  }),

  disableProvider: route({
    method: 'delete',
    path: '/providers/:provider/activation',
    permission: 'providers:write',
    summary: 'Disable sign-in with an upstream provider at once; connected accounts stay connected',
    versioned: true,
    async does({ app, by, params, expect }) {
      await app.identityProviders.disable(params.provider, {
        by,
        expect: provider => expect(providerJson(app, provider)),
      })
    },
  }),

  checkProvider: route({
    method: 'post',
    path: '/providers/:provider/checks',
    permission: 'providers:read',
    summary: 'Check whether a provider is reachable and configured correctly, without signing in',
    answer: z.object({
      findings: z.array(
        z.object({
          check: z.string(),
          ok: z.boolean().nullable().meta({ description: 'Null if only the detail is of interest.' }),
          detail: z.string(),
        }),
      ),
    }),
    status: 200,
    async does({ app, params }) {
      const provider = await app.identityProviders.find(params.provider)
      return { findings: await app.providerCheck.of(provider) }
    },
  }),

  previewSignIn: route({
    method: 'post',
    path: '/providers/:provider/sign-in-previews',
    permission: 'providers:read',
    summary: 'What Gatehouse would do with claims of a provider at a sign-in; changes nothing',
    description: 'It also requires `accounts:read`, because it tells whether an account exists.',
    body: z
      .strictObject({ claims: z.record(z.string(), z.unknown()).meta({ description: 'As the provider sends them.' }) })
      .meta({ title: 'ProviderClaims' }),
    answer: PreviewedSignIn,
    status: 200,
    fields: { subject: 'claims' },
    async does({ app, params, rights, body }) {
      if (!rights.has('accounts:read')) throw insufficientScope('accounts:read')
      const provider = await app.identityProviders.find(params.provider)
      return json(await previewSignIn(app, provider, body.claims)) as z.input<typeof PreviewedSignIn>
    },
  }),

  removeProvider: route({
    method: 'delete',
    path: '/providers/:provider',
    permission: 'providers:write',
    summary: "Remove an upstream provider, and everyone's connection to it",
    versioned: true,
    does: ({ app, by, params, expect }) =>
      app.identityProviders.remove(params.provider, {
        by,
        expect: provider => expect(providerJson(app, provider)),
      }),
  }),
}
