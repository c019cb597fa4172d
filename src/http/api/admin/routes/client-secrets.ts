import { z } from 'zod'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'
import { within } from './clients.ts'

const Secret = z
  .object({
    id: z.string(),
    created_at: moment,
    expires_at: moment.nullable().meta({ description: 'Null if it has no end.' }),
    last_used_at: moment.nullable().meta({ description: 'Up to an hour behind; null if no use has been noted.' }),
  })
  .meta({ id: 'ClientSecret' })

export const clientSecrets = {
  listClientSecrets: route({
    method: 'get',
    path: '/clients/:client/secrets',
    permission: 'clients:read',
    summary: 'The secrets that an application or a machine can use, without the secrets themselves',
    answer: z.object({ secrets: z.array(Secret) }),
    async does({ app, params }) {
      const secrets = await app.clients.secrets(params.client)
      return { secrets: secrets.map(each => Secret.parse(json(each))) }
    },
  }),

  rotateClientSecret: route({
    method: 'post',
    path: '/clients/:client/secrets',
    permission: 'clients:secret',
    summary: 'Replace the secret of an application or a machine',
    description:
      'The new one cannot be read again. The old one stops working at once, or at `keep_old_until`, within 90 days. No one ' +
      'renews the secret of an application that may do what they may not.',
    body: z
      .strictObject({ keep_old_until: z.iso.datetime({ offset: true }).nullable().default(null) })
      .default({ keep_old_until: null })
      .meta({ title: 'SecretRotation' }),
    answer: z.object({ client_id: z.string(), client_secret: z.string() }).meta({ id: 'NewClientSecret' }),
    refuses: [403, 409],
    async does({ app, by, rights, params, body: { keep_old_until: until } }) {
      const keepOldUntil = until === null ? null : new Date(until)
      const change = { by, allow: within(rights), keepOldUntil }
      const { client, secret } = await app.clients.rotateSecret(params.client, change)
      return { client_id: client.id, client_secret: secret }
    },
  }),

  removeClientSecret: route({
    method: 'delete',
    path: '/clients/:client/secrets/:secret',
    permission: 'clients:secret',
    summary: 'Remove one secret of an application or a machine; it stops working at once',
    refuses: [403, 409],
    async does({ app, by, rights, params }) {
      await app.clients.removeSecret(params.client, params.secret, { by, allow: within(rights) })
    },
  }),
}
