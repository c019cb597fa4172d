import { z } from 'zod'
import { insufficientScope } from '../../../../oidc/bearer/token-refused.ts'
import { previewClaims } from '../../../../oidc/preview/claims-preview.ts'
import { route } from '../route.ts'

const names = z.array(z.string())
const scopesByResource = z.record(z.string(), names).meta({ description: 'Scopes by resource indicator.' })
const Previewed = z
  .object({
    payload: z.looseObject({}),
    claims: z.array(z.object({ claim: z.string(), present: z.boolean(), reason: z.string() })),
  })
  .nullable()
  .meta({ id: 'PreviewedClaims' })

const text = z.string().max(2000).optional()

export const clientClaims = {
  previewClaims: route({
    method: 'get',
    path: '/clients/:client/claims-preview',
    permission: 'clients:read',
    summary: 'What an application receives about an account, and why; changes nothing',
    description: 'Of a person, it also requires `accounts:read`, because it shows their data.',
    query: z.strictObject({
      account: z.string().max(320).optional().meta({ description: 'Its ID, email or username; not for a machine.' }),
      scope: text.meta({ description: 'The scopes that it requests; by default all that it may.' }),
      resource: text.meta({ description: 'The API that it requests an access token for.' }),
      claims: text.meta({ description: 'The claims that it requests by name (the parameter `claims`).' }),
    }),
    answer: z.object({
      scope: z.string(),
      withheld: z
        .array(z.object({ resource: z.string(), scopes: names, reason: z.string() }))
        .meta({ description: 'The scopes of APIs that the roles of the person do not allow.' }),
      unasked: z
        .object({ scopes: names, claims: names, resources: scopesByResource })
        .meta({ description: 'What the person has not allowed yet, and would be asked about.' }),
      access_token_format: z.enum(['jwt', 'opaque']),
      tokens: z.object({ id_token: Previewed, access_token: Previewed, userinfo: Previewed }),
    }),
    async does({ app, rights, params, query: { account, ...request } }) {
      if (account !== undefined && !rights.has('accounts:read')) throw insufficientScope('accounts:read')
      const client = await app.clients.find(params.client)
      const { accessTokenFormat, ...preview } = await previewClaims(app, client, account, request)
      return { ...preview, access_token_format: accessTokenFormat }
    },
  }),
}
