import { ChangeSetType, type EventArgs, type EventSubscriber } from '@mikro-orm/core'
import type { Kind } from '../audit/catalogue.ts'
import { AuditEvent } from '../audit/event.ts'
import type { Needs } from '../base/nouns.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { kindsOf } from './kinds.ts'
import type { Webhook } from './webhook.ts'

interface Subscriber {
  id: string
  kinds: ReadonlySet<string>
}

/**
 * Adds a delivery for each event and each webhook that wants it, in the transaction that writes the event: neither exists
 * without the other. It runs as part of the flush, so nothing that records an event needs to know of webhooks. The list
 * of webhooks is cached: without any, an event costs nothing more.
 */
export class WebhookRecording implements EventSubscriber<AuditEvent> {
  readonly #app
  readonly #cached: Cache<Subscriber[]>

  constructor(app: Needs<'em' | 'changes' | 'webhookDeliveries'>) {
    this.#app = app
    this.#cached = new Cache({ changes: app.changes, topic: 'webhook', whole: true, load: () => this.#read() })
    app.em.getEventManager().registerSubscriber(this)
  }

  getSubscribedEntities() {
    return [AuditEvent]
  }

  /** Called for each event of a flush when all of them are inserted: the first call is for all. */
  async afterCreate({ em, entity }: EventArgs<AuditEvent>): Promise<void> {
    const events = em
      .getUnitOfWork(false)
      .getChangeSets()
      .flatMap(({ entity: each, type }) => (each instanceof AuditEvent && type === ChangeSetType.CREATE ? [each] : []))
    if (events[0] !== entity) return
    const subscribers = await this.#subscribers(events)
    const wanted = subscribers.flatMap(({ id: webhook, kinds }) =>
      events.flatMap(({ id: event, kind }) => (kinds.has(kind) ? [{ webhook, event, kind }] : [])),
    )
    if (wanted.length > 0) await this.#app.webhookDeliveries.add(wanted)
  }

  /** Adds deliveries of events that no flush writes, all of one kind. The statements are the same also for no event. */
  async deliver(kind: Kind, events: readonly AuditEvent[]): Promise<void> {
    const subscribers = (await this.#subscribers(events)).filter(({ kinds }) => kinds.has(kind))
    const wanted = subscribers.flatMap(({ id: webhook }) => events.map(({ id: event }) => ({ webhook, event, kind })))
    if (subscribers.length > 0) await this.#app.webhookDeliveries.add(wanted)
  }

  /** A transaction that changes webhooks sees its own changes, which other requests must not see before the commit. */
  async #subscribers(events: readonly AuditEvent[]): Promise<Subscriber[]> {
    if (events.some(({ kind }) => kind.startsWith('webhook.'))) return this.#read()
    return (await this.#cached.get('all')) ?? []
  }

  /** Plain rows: entities would belong to the unit of work that is being written. */
  async #read(): Promise<Subscriber[]> {
    const rows = await this.#app.em.execute<Pick<Webhook, 'id' | 'kinds'>[]>(ENABLED)
    return rows.map(({ id, kinds }) => ({ id, kinds: new Set<string>(kindsOf(kinds)) }))
  }
}

const ENABLED = 'select id, kinds from webhook where enabled'
