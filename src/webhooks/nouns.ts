import type { WebhookDeliveries } from './deliveries.ts'
import type { WebhookRecording } from './recording.ts'
import type { WebhookReplay } from './replay.ts'
import type { WebhookSender } from './sender.ts'
import type { Webhooks } from './webhooks.ts'

/**
 * Webhooks: the addresses that get audit events of certain kinds as they are recorded (Standard Webhooks 1.0.0), what is
 * delivered to them, and the request that delivers it. `ops` takes the deliveries from the queue. `audit` owns the events.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    webhookDeliveries: WebhookDeliveries
    webhookRecording: WebhookRecording
    webhookReplay: WebhookReplay
    webhookSender: WebhookSender
    webhooks: Webhooks
  }
}
