import { z } from 'zod'
import { REGISTERED_BY } from '../../../../clients/self-registration/registration-policy.ts'
import { requireToManage } from '../../../../roles/client-rights.ts'
import type { Rights } from '../../../../roles/rights.ts'
import { route } from '../route.ts'
import { next, page, withNext } from '../values.ts'
import {
  Client,
  ClientChanges,
  changesIn,
  clientJson,
  METADATA_NAMES,
  NewClient,
  registrationIn,
} from './client-registration-schema.ts'

const RIGHTS =
  'No one manages an application that may do what they may not. Only superusers manage one that is first-party, has the ' +
  'scope `account` or `upstream_tokens` or a permission of superusers alone, or allows or denies the role `superuser`.'

/** What the noun asks of the actor, before and after a change. */
export function within(rights: Rights) {
  return (client: Parameters<typeof requireToManage>[1]) => requireToManage(rights, client)
}

export const clients = {
  listClients: route({
    method: 'get',
    path: '/clients',
    permission: 'clients:read',
    summary: 'All applications and machines, in the order of their IDs',
    query: z.strictObject({
      ...page,
      registered_by: z.enum(REGISTERED_BY).optional().meta({ description: 'Only those registered in this way.' }),
      registration_token: z
        .string()
        .max(100)
        .optional()
        .meta({ description: 'Only those that registered themselves with the token of this name.' }),
    }),
    answer: z.object({ clients: z.array(Client), next }),
    async does({ app, query: { limit, after, registered_by: by, registration_token: token } }) {
      const [listed, following] = withNext(
        await app.clients.page({ limit: limit + 1, after, by, token }),
        limit,
        ({ id }) => id,
      )
      return { clients: listed.map(clientJson), next: following }
    },
  }),

  registerClient: route({
    method: 'post',
    path: '/clients',
    permission: 'clients:write',
    summary: 'Register an application or a machine',
    description: `The answer has its secret, which cannot be read again; null if it has none. ${RIGHTS}`,
    body: NewClient,
    answer: Client.extend({ client_secret: z.string().nullable() }).meta({ id: 'NewClientAnswer' }),
    refuses: [403, 409],
    fields: METADATA_NAMES,
    named: 'client_id',
    async does({ app, by, rights, body }) {
      const { client, secret } = await app.clients.register(registrationIn(body), { by, allow: within(rights) })
      return { ...clientJson(client), client_secret: secret }
    },
  }),

  getClient: route({
    method: 'get',
    path: '/clients/:client',
    permission: 'clients:read',
    summary: 'One application or machine, without its secret',
    answer: Client,
    versioned: true,
    does: async ({ app, params }) => clientJson(await app.clients.find(params.client)),
  }),

  updateClient: route({
    method: 'patch',
    path: '/clients/:client',
    permission: 'clients:write',
    summary: 'Change an application or a machine',
    description: `What is left out stays as it is; lists are replaced as a whole. ${RIGHTS}`,
    body: ClientChanges,
    answer: Client,
    versioned: true,
    refuses: [403],
    fields: METADATA_NAMES,
    does: async ({ app, by, rights, params, body, expect }) =>
      clientJson(
        await app.clients.update(params.client, changesIn(body), {
          ...{ by, allow: within(rights) },
          expect: client => expect(clientJson(client)),
        }),
      ),
  }),

  removeClient: route({
    method: 'delete',
    path: '/clients/:client',
    permission: 'clients:write',
    summary: 'Remove an application or a machine; no one can sign in to it any more',
    description: RIGHTS,
    versioned: true,
    refuses: [403],
    does: ({ app, by, rights, params, expect }) =>
      app.clients.remove(params.client, {
        ...{ by, allow: within(rights) },
        expect: client => expect(clientJson(client)),
      }),
  }),

  adoptClient: route({
    method: 'put',
    path: '/clients/:client/adoption',
    permission: 'clients:write',
    summary: 'Manage an application that registered itself; it can no longer change itself',
    description: RIGHTS,
    answer: Client,
    versioned: true,
    refuses: [403],
    does: async ({ app, by, rights, params, expect }) =>
      clientJson(
        await app.clients.adopt(params.client, {
          ...{ by, allow: within(rights) },
          expect: client => expect(clientJson(client)),
        }),
      ),
  }),
}
