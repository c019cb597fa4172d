import { z } from 'zod'
import type { Rights } from '../../../../roles/rights.ts'
import { overlapSeconds, webhookSettings } from '../../../../webhooks/settings.ts'
import type { Webhook as StoredWebhook } from '../../../../webhooks/webhook.ts'
import { changes } from '../names.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const Webhook = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    kinds: z.array(z.string()),
    enabled: z.boolean(),
    undelivered_since: moment
      .nullable()
      .meta({ description: 'When a delivery was given up; null once one gets through.' }),
    previous_secret_until: moment.nullable().meta({ description: 'Until then the secret before signs requests too.' }),
    created_at: moment,
  })
  .meta({ id: 'Webhook' })

const WithSecret = Webhook.extend({ secret: z.string() }).meta({ id: 'WebhookWithSecret' })

const webhookJson = (webhook: StoredWebhook) => json(webhook.summary()) as z.input<typeof Webhook>

/** A webhook tells its receiver what the audit trail says, so only who may read that can have it sent somewhere. */
function requireAudit(rights: Rights): void {
  rights.requireToCover('a webhook', ['audit:read'])
}

export const webhooks = {
  listWebhooks: route({
    method: 'get',
    path: '/webhooks',
    permission: 'webhooks:read',
    summary: 'All webhooks',
    answer: z.object({ webhooks: z.array(Webhook) }),
    does: async ({ app }) => ({ webhooks: (await app.webhooks.list()).map(webhookJson) }),
  }),

  addWebhook: route({
    method: 'post',
    path: '/webhooks',
    permission: 'webhooks:write',
    summary: 'Send audit events to an address as they happen',
    description:
      'The answer has the secret that signs requests, which cannot be read again. It needs `audit:read` too.',
    body: webhookSettings.meta({ title: 'NewWebhook' }),
    answer: WithSecret,
    refuses: [403],
    async does({ app, by, rights, body }) {
      requireAudit(rights)
      const { webhook, secret } = await app.webhooks.register(body, { by })
      return { ...webhookJson(webhook), secret }
    },
  }),

  getWebhook: route({
    method: 'get',
    path: '/webhooks/:webhook',
    permission: 'webhooks:read',
    summary: 'One webhook',
    answer: Webhook,
    versioned: true,
    does: async ({ app, params }) => webhookJson(await app.webhooks.find(params.webhook)),
  }),

  updateWebhook: route({
    method: 'patch',
    path: '/webhooks/:webhook',
    permission: 'webhooks:write',
    summary: 'Change a webhook, enable or disable it',
    description: 'What is left out stays as it is. It needs `audit:read` too.',
    body: z.strictObject(changes(webhookSettings.shape)).meta({ title: 'WebhookUpdate' }),
    answer: Webhook,
    versioned: true,
    refuses: [403],
    async does({ app, by, rights, params, body, expect }) {
      requireAudit(rights)
      const changed = await app.webhooks.update(params.webhook, body, { by, expect: each => expect(webhookJson(each)) })
      return webhookJson(changed)
    },
  }),

  rotateWebhookSecret: route({
    method: 'post',
    path: '/webhooks/:webhook/secrets',
    permission: 'webhooks:write',
    summary: 'Make a new secret of a webhook',
    description: 'For `overlap` seconds, a day by default, the one before signs requests too.',
    body: z
      .strictObject({ overlap: overlapSeconds.default(86_400) })
      .default({ overlap: 86_400 })
      .meta({ title: 'WebhookSecretRotation' }),
    answer: WithSecret,
    refuses: [403],
    async does({ app, by, rights, params, body: { overlap } }) {
      requireAudit(rights)
      const { webhook, secret } = await app.webhooks.rotateSecret(params.webhook, { by, overlap })
      return { ...webhookJson(webhook), secret }
    },
  }),

  removeWebhook: route({
    method: 'delete',
    path: '/webhooks/:webhook',
    permission: 'webhooks:write',
    summary: 'Remove a webhook; what waits to be sent is not sent',
    versioned: true,
    does: ({ app, by, params, expect }) =>
      app.webhooks.remove(params.webhook, { by, expect: each => expect(webhookJson(each)) }),
  }),
}
