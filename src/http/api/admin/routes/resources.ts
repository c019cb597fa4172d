import { z } from 'zod'
import type { Resource as StoredResource } from '../../../../clients/resource.ts'
import { resourceShape } from '../../../../clients/resources.ts'
import { camelCase, changes, snakeCased } from '../names.ts'
import { route } from '../route.ts'
import { json } from '../values.ts'

const { id, ...changeable } = resourceShape.shape
const described = snakeCased(changeable)

const Resource = z
  .object({
    id: z.string().meta({ description: 'The resource indicator, which is the audience of its tokens.' }),
    name: z.string(),
    scopes: z.array(z.object({ name: z.string(), description: z.string() })),
    access_token_ttl: z.int().nullable().meta({ description: 'Seconds; null for the lifetime of the installation.' }),
    token_format: z.string(),
    token_type: z.string(),
    token_alg: z.string(),
    allow_self_registered: z.boolean(),
    scopes_by_role: z.boolean(),
    permissions_claim: z.boolean(),
  })
  .meta({ id: 'Resource' })

const resourceJson = (resource: StoredResource) => Resource.parse(json(resource.summary()))

/** The APIs that accept access tokens. In a path, the ID of one is percent-encoded as a whole. */
export const resources = {
  listResources: route({
    method: 'get',
    path: '/resources',
    permission: 'resources:read',
    summary: 'All APIs that accept access tokens, except that of Gatehouse itself',
    answer: z.object({ resources: z.array(Resource) }),
    does: async ({ app }) => ({ resources: (await app.resources.list()).map(resourceJson) }),
  }),

  registerResource: route({
    method: 'post',
    path: '/resources',
    permission: 'resources:write',
    summary: 'Register an API by its resource indicator (RFC 8707)',
    body: z.strictObject({ id, ...described }).meta({ title: 'NewResource' }),
    answer: Resource,
    refuses: [409],
    does: async ({ app, by, body }) => resourceJson(await app.resources.register(camelCase(body), { by })),
  }),

  getResource: route({
    method: 'get',
    path: '/resources/:resource',
    permission: 'resources:read',
    summary: 'One API, by its resource indicator, percent-encoded',
    answer: Resource,
    versioned: true,
    refuses: [403],
    does: async ({ app, params }) => resourceJson(await app.resources.find(params.resource)),
  }),

  updateResource: route({
    method: 'patch',
    path: '/resources/:resource',
    permission: 'resources:write',
    summary: 'Change an API',
    description: 'What is left out stays as it is; `scopes` are replaced as a whole, and roles lose those that go.',
    body: z.strictObject(changes(described)).meta({ title: 'ResourceUpdate' }),
    answer: Resource,
    versioned: true,
    refuses: [403],
    does: async ({ app, by, params, body, expect }) =>
      resourceJson(
        await app.resources.update(params.resource, camelCase(body), {
          by,
          expect: resource => expect(resourceJson(resource)),
        }),
      ),
  }),

  removeResource: route({
    method: 'delete',
    path: '/resources/:resource',
    permission: 'resources:write',
    summary: 'Remove an API: no more tokens are issued for it, and consents and roles lose its scopes',
    versioned: true,
    refuses: [403],
    does: ({ app, by, params, expect }) =>
      app.resources.remove(params.resource, { by, expect: resource => expect(resourceJson(resource)) }),
  }),
}
