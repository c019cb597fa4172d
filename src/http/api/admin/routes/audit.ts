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
    request_id: z.string().nullable().meta({ description: 'The HTTP request, as in the log; null for a command.' }),
    changes: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .nullable()
      .meta({ description: 'What an update changed, by field. Personal data is named without its values.' }),
  })
  .meta({ id: 'AuditEvent' })

const known = (kinds: string) => kinds.split(',').every(kind => kindsNamed([kind]).length > 0)

const text = z.string().max(500, 'is longer than 500 characters').optional()

/** Times that no event has, and that the database may not know, are replaced by the nearest that it knows. */
const LAST = Date.UTC(9999, 11, 31)

const time = z.iso
  .datetime({ offset: true, error: 'is not a time such as 2027-01-31T18:00:00Z' })
  .transform(at => new Date(Math.min(Math.max(0, Date.parse(at)), LAST)))
  .optional()

const account = z.uuid('is not the ID of an account').optional()

const filters = {
  ...page,
  kind: z
    .string()
    .max(1000)
    .refine(known, 'has a kind of event that does not exist')
    .optional()
    .meta({ description: 'Only these kinds, separated by commas; `sign-in.` stands for all that begin with it.' }),
  group: z.enum(Object.keys(GROUPS) as [Group, ...Group[]]).optional(),
  success: z.enum(['true', 'false']).optional().meta({ description: '`false` for failed attempts alone.' }),
  actor: text.meta({
    description: 'Only by `operator`, `system`, `visitor`, `account:ID`, `client:ID`, or an ID alone.',
  }),
  target: text.meta({ description: 'Only about this client, resource, role, provider or key.' }),
  request: text.meta({ description: 'Only of the HTTP request with this ID (`X-Request-Id`).' }),
  since: time.meta({ description: 'Only since this time (RFC 3339).' }),
  until: time.meta({ description: 'Only before this time (RFC 3339).' }),
}

const query = z.strictObject({
  ...filters,
  subject: account.meta({ description: 'Only about the account with this ID, which may be erased.' }),
})
const queryOfAccount = z.strictObject(filters)

const answer = z.object({ events: z.array(Event), next })

const Refusal = z.object({
  at: moment,
  method: z.string(),
  route: z.string().meta({ description: 'The pattern of the path: `/interaction/:uid/sign-in`.' }),
  status: z.int(),
  error: z.string().meta({ description: 'The code of the answer, such as `invalid_redirect_uri`.' }),
  problem: z.string().meta({ description: 'What happened, in words.' }),
  expected: z.array(z.string()),
  fix: z.string().nullable().meta({ description: 'What to do.' }),
  client: z.string().nullable(),
  account: z.string().nullable(),
  sent: z.array(z.object({ name: z.string(), value: z.string().nullable() })).meta({
    description: 'The parameters. `value` is null where it is not shown, as it may be a secret.',
  }),
  others: z.int().meta({ description: 'How many more parameters were sent, with names that are not known.' }),
})

const Report = z
  .object({
    id: z.string(),
    refusal: Refusal.nullable().meta({ description: 'Null if the request was not refused, or a day ago or earlier.' }),
    events: z.array(Event.extend({ words: z.string() })).meta({ description: 'Oldest first.' }),
  })
  .meta({ id: 'RequestReport' })

/** @param account its ID; null for all events */
async function events(
  app: App,
  account: string | null,
  { limit, after, kind, success, ...filter }: z.output<typeof query>,
) {
  const found = await app.audit.of(account, {
    ...{ ...filter, before: after, limit: limit + 1, kinds: kind?.split(',') },
    ...(success !== undefined && { success: success === 'true' }),
  })
  const [listed, following] = withNext(found, limit, ({ id }) => id)
  return { events: listed.map(event => eventJson({ id: event.id, ...event.summary() })), next: following }
}

function eventJson<T extends object>(event: T) {
  return json(event) as z.input<typeof Event> & Pick<T, keyof T & 'words'>
}

export const audit = {
  explainRequest: route({
    method: 'get',
    path: '/requests/:request',
    permission: 'audit:read',
    summary: 'What happened in a request, by its ID',
    description:
      'The ID is on error pages, in the header `X-Request-Id` of every answer, in `request_id` of problems, and in the log. ' +
      'Refused requests are explained for a day; others by their events alone.',
    answer: Report,
    async does({ app, params }) {
      const { id, refusal, events } = await app.requestReports.explain(params.request)
      return { id, refusal, events: events.map(event => eventJson(event)) }
    },
  }),

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
    query: queryOfAccount,
    answer,
    fields: { before: 'after' },
    does: ({ app, account, query }) => events(app, account.id, query),
  }),
}
