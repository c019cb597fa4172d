import { defineEntity, p } from '@mikro-orm/core'

const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    id: p.uuid().primary(),
    url: p.text(),
    description: p.text(),
    /** Kinds of events, prefixes of kinds that end in a dot, or `*`. */
    kinds: p.array(),
    enabled: p.boolean(),
    sealedSecret: p.text().hidden(),
    /** The secret before the last rotation, which also signs until then. */
    sealedPreviousSecret: p.text().nullable().hidden(),
    previousSecretUntil: p.datetime().nullable(),
    /** When a delivery was given up; null again once one gets through. */
    undeliveredSince: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
})

/** An address that gets audit events of some kinds. */
export class Webhook extends WebhookSchema.class {
  /** The sealed secrets that sign a request at a time, newest first. */
  secretsAt(now: Date): string[] {
    const { sealedSecret, sealedPreviousSecret: previous, previousSecretUntil: until } = this
    return previous != null && until != null && until > now ? [sealedSecret, previous] : [sealedSecret]
  }

  /** Everything except the secrets. */
  summary() {
    return {
      id: this.id,
      url: this.url,
      description: this.description,
      kinds: this.kinds,
      enabled: this.enabled,
      undeliveredSince: this.undeliveredSince ?? null,
      previousSecretUntil: this.previousSecretUntil ?? null,
      createdAt: this.createdAt,
    }
  }
}

WebhookSchema.setClass(Webhook)
