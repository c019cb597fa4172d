import { defineEntity, p } from '@mikro-orm/core'

export type DeliveryState = 'waiting' | 'delivered' | 'failed'

const WebhookDeliverySchema = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    id: p.uuid().primary(),
    /** Neither of the two is a reference: the webhook may be removed while an event is recorded. */
    webhookId: p.uuid(),
    eventId: p.uuid(),
    kind: p.text(),
    state: p.text().$type<DeliveryState>(),
    /** The job that may send it; a replay makes a new one, and the one before then does nothing. */
    jobId: p.uuid().hidden(),
    attempts: p.integer(),
    /** The HTTP status of the last answer; null if there was none. */
    lastStatus: p.integer().nullable(),
    /** Why the last attempt failed; null if it did not. */
    lastError: p.text().nullable(),
    lastAttemptAt: p.datetime().nullable(),
    /** When its event was recorded, or when it was last replayed. */
    queuedAt: p.datetime(),
  },
})

/** One event on its way to one webhook. */
export class WebhookDelivery extends WebhookDeliverySchema.class {
  summary() {
    return {
      id: this.id,
      event: this.eventId,
      kind: this.kind,
      state: this.state,
      attempts: this.attempts,
      lastStatus: this.lastStatus ?? null,
      lastError: this.lastError ?? null,
      lastAttemptAt: this.lastAttemptAt ?? null,
      queuedAt: this.queuedAt,
    }
  }
}

WebhookDeliverySchema.setClass(WebhookDelivery)
