import { z } from 'zod'
import { InvalidInput } from '../../../../base/refusals.ts'
import { route } from '../route.ts'
import { json, moment, next, page, withNext } from '../values.ts'

const states = z.enum(['waiting', 'delivered', 'failed'])

const Delivery = z
  .object({
    id: z.uuid(),
    event: z.uuid().meta({ description: 'The ID of the event, which is the `webhook-id` of its requests.' }),
    kind: z.string(),
    state: states,
    attempts: z.int(),
    last_status: z.int().nullable(),
    last_error: z.string().nullable(),
    last_attempt_at: moment.nullable(),
    next_attempt_at: moment.nullable(),
    queued_at: moment,
  })
  .meta({ id: 'WebhookDelivery' })

/** What was sent to a webhook, and sending it again. */
export const webhookDeliveries = {
  testWebhook: route({
    method: 'post',
    path: '/webhooks/:webhook/tests',
    permission: 'webhooks:write',
    summary: 'Send a test event at once, and see what the receiver answers',
    answer: z
      .object({
        status: z.int().nullable().meta({ description: 'Null if there was no answer.' }),
        error: z.string().nullable().meta({ description: 'Why it was not accepted; null if it was.' }),
      })
      .meta({ id: 'WebhookTest' }),
    status: 200,
    does: async ({ app, by, params }) => app.webhookSender.test(await app.webhooks.find(params.webhook), { by }),
  }),

  listDeliveries: route({
    method: 'get',
    path: '/webhooks/:webhook/deliveries',
    permission: 'webhooks:read',
    summary: 'What was sent to a webhook or waits to be sent, newest first',
    query: z.strictObject({ ...page, state: states.optional() }),
    answer: z.object({ deliveries: z.array(Delivery), next }),
    async does({ app, params, query: { limit, after, state } }) {
      const webhook = await app.webhooks.find(params.webhook)
      const found = await app.webhookDeliveries.list(webhook, { state, limit: limit + 1, before: after })
      const [deliveries, following] = withNext(found, limit, ({ id }) => id)
      return { deliveries: deliveries.map(each => json(each) as z.input<typeof Delivery>), next: following }
    },
    fields: { before: 'after' },
  }),

  replayDeliveries: route({
    method: 'post',
    path: '/webhooks/:webhook/replays',
    permission: 'webhooks:write',
    summary: 'Send events again, with the same `webhook-id`',
    description:
      'Give one of these: `delivery`, the ID of one; `failed`, for all that were given up; `since`, for all events of its ' +
      'kinds since then, also those that it was never sent.',
    body: z
      .strictObject({
        delivery: z.string().max(100).optional(),
        failed: z.literal(true).optional(),
        since: z.iso.datetime({ offset: true }).optional(),
      })
      .meta({ title: 'WebhookReplay' }),
    answer: z.object({ queued: z.int() }).meta({ id: 'WebhookReplayAnswer' }),
    status: 202,
    refuses: [403, 409],
    async does({ app, by, rights, params, body: { delivery, failed, since } }) {
      rights.requireToCover('a webhook', ['audit:read'])
      if ([delivery, failed, since].filter(given => given !== undefined).length !== 1)
        throw new InvalidInput({ delivery: 'give one of delivery, failed and since' })
      const webhook = await app.webhooks.find(params.webhook)
      if (delivery !== undefined) return { queued: await app.webhookReplay.one(webhook, delivery, { by }) }
      const queued = since
        ? app.webhookReplay.since(webhook, new Date(since), { by })
        : app.webhookReplay.failed(webhook, { by })
      return { queued: await queued }
    },
  }),
}
