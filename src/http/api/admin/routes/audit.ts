import { z } from 'zod'
import type { App } from '../../../../app.ts'
import { GROUPS, type Group, kindsNamed } from '../../../../audit/catalogue.ts'
import { route } from '../route.ts'
import { json, moment, next, page, withNext } from '../values.ts'

const Event = z
  .object({
    id: z.uuid(),
    at: moment,
    kind: z.string(),
    success: z.boolean(),
    reason: z.string().nullable(),
    actor: z.string().meta({ description: '`operator`, `system`, `account:ID` or `client:ID`.' }),
    subject: z.uuid().nullable().meta({ description: 'The account that it happened to.' }),
    target: z.string().nullable().meta({ description: 'What else it was about, such as a `client_id`.' }),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .meta({ id: 'AuditEvent' })

const known = (kinds: string) => kinds.split(',').every(kind => kindsNamed([kind]).length > 0)

const query = z.strictObject({
  ...page,
  kind: z
    .string()
    .max(1000)
    .refine(known, 'has a kind of event that does not exist')
    .optional()
    .meta({ description: 'Only these kinds, separated by commas; `sign-in.` stands for all that begin with it.' }),
  group: z.enum(Object.keys(GROUPS) as [Group, ...Group[]]).optional(),
  success: z.enum(['true', 'false']).optional().meta({ description: '`false` for failed attempts alone.' }),
})

const answer = z.object({ events: z.array(Event), next })

/** @param account its ID; null for all events */
async function events(
  app: App,
  account: string | null,
  { limit, after, kind, group, success }: z.output<typeof query>,
) {
  const found = await app.audit.of(account, {
    ...{ before: after, limit: limit + 1, kinds: kind?.split(','), group },
    ...(success !== undefined && { success: success === 'true' }),
  })
  const [listed, following] = withNext(found, limit, ({ id }) => id)
  return { events: listed.map(event => Event.parse({ id: event.id, ...json(event.summary()) })), next: following }
}

export const audit = {
  listEvents: route({
    method: 'get',
    path: '/audit/events',
    permission: 'audit:read',
    summary: 'Who did what, and when, newest first',
    query,
    answer,
    fields: { before: 'after' },
    does: ({ app, query }) => events(app, null, query),
  }),

  listAccountEvents: route({
    method: 'get',
    path: '/accounts/:account/events',
    permission: 'audit:read',
    summary: 'What happened to an account, newest first',
    query,
    answer,
    fields: { before: 'after' },
    does: ({ app, account, query }) => events(app, account.id, query),
  }),
}
