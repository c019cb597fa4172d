import { z } from 'zod'
import type { SigningKey } from '../../../../keys/signing-key.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const Key = z
  .object({
    kid: z.string(),
    alg: z.string(),
    stage: z.enum(['current', 'next', 'retired']).meta({
      description: 'Current keys sign, next keys are published already, retired keys still verify.',
    }),
    created_at: moment,
    retired_at: moment.nullable(),
  })
  .meta({ id: 'SigningKey' })

const keysJson = (keys: SigningKey[]) => ({ keys: keys.map(key => Key.parse(json(key.summary()))) })

export const keys = {
  listKeys: route({
    method: 'get',
    path: '/keys',
    permission: 'keys:read',
    summary: 'The keys that sign tokens, without the keys themselves',
    answer: z.object({ keys: z.array(Key) }),
    does: async ({ app }) => keysJson(await app.keys.list()),
  }),

  rotateKeys: route({
    method: 'post',
    path: '/keys/rotations',
    permission: 'keys:rotate',
    summary: 'Next keys become current, current keys retire, and new next keys are published',
    description:
      'Refused while applications may not know the next keys yet, for a day after they were published, unless `now` is ' +
      'true: then some may refuse new tokens until they fetch the keys again.',
    body: z
      .strictObject({ now: z.boolean().default(false) })
      .default({ now: false })
      .meta({ title: 'KeyRotation' }),
    answer: z.object({ keys: z.array(Key) }),
    refuses: [409],
    does: async ({ app, by, body: { now } }) => keysJson(await app.keys.rotate({ by, now })),
  }),

  removeKey: route({
    method: 'delete',
    path: '/keys/:kid',
    permission: 'keys:rotate',
    summary: 'Remove a retired key; tokens signed with it are refused from now on',
    refuses: [409],
    does: ({ app, by, params }) => app.keys.remove(params.kid, { by }),
  }),
}
