import type { FilterQuery } from '@mikro-orm/core'
import { AuditEvent } from '../audit/event.ts'
import type { Actor } from '../base/actor.ts'
import { firstId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict } from '../base/refusals.ts'
import type { WebhookDelivery } from './delivery.ts'
import { kindsOf } from './kinds.ts'
import type { Webhook } from './webhook.ts'

/** Events that one transaction replays. */
const PAGE = 1000

/** Sends events to a webhook again, under the same webhook-id, so that a receiver can tell that it knows them. */
export class WebhookReplay {
  readonly #app

  constructor(app: Needs<'em' | 'atomically' | 'audit' | 'webhookDeliveries'>) {
    this.#app = app
  }

  /** One delivery, whatever its state. @throws NotFound, Conflict */
  async one(webhook: Webhook, id: string, { by }: { by: Actor }): Promise<number> {
    mustBeEnabled(webhook)
    const delivery = await this.#app.webhookDeliveries.find(webhook.id, id)
    return this.#repeat(webhook, { id: delivery.id }, { by })
  }

  /** Every delivery that was given up. @returns how many @throws Conflict */
  async failed(webhook: Webhook, { by }: { by: Actor }): Promise<number> {
    mustBeEnabled(webhook)
    return this.#repeat(webhook, { webhookId: webhook.id, state: 'failed' }, { by })
  }

  /**
   * Every event of its kinds since a time: also those of which it has no delivery, because it was disabled, did not exist
   * or did not want their kind. @returns how many @throws Conflict
   */
  async since(webhook: Webhook, time: Date, { by }: { by: Actor }): Promise<number> {
    mustBeEnabled(webhook)
    // First, so that a replay that is cut short is on record too; the event itself is not replayed.
    let page = await this.#events(webhook, { $gte: firstId(time) })
    await this.#app.audit.write('webhook.replayed', { by, target: webhook.id })
    let count = 0
    while (page.length > 0) {
      const wanted = page.map(({ id: event, kind }) => ({ webhook: webhook.id, event, kind }))
      await this.#app.atomically(() => this.#app.webhookDeliveries.add(wanted))
      count += page.length
      page = await this.#events(webhook, { $gt: page.at(-1)!.id })
    }
    return count
  }

  #repeat(webhook: Webhook, which: FilterQuery<WebhookDelivery>, { by }: { by: Actor }): Promise<number> {
    return this.#app.atomically(async () => {
      this.#app.audit.record('webhook.replayed', { by, target: webhook.id })
      return this.#app.webhookDeliveries.repeat(which)
    })
  }

  #events({ kinds }: Webhook, id: { $gte: string } | { $gt: string }): Promise<Pick<AuditEvent, 'id' | 'kind'>[]> {
    const where = { id, kind: { $in: kindsOf(kinds) } }
    return this.#app.em.find(AuditEvent, where, { orderBy: { id: 'asc' }, limit: PAGE, disableIdentityMap: true })
  }
}

function mustBeEnabled({ id, enabled }: Webhook): void {
  if (!enabled)
    throw new Conflict(`webhook ${id} is disabled; enable it first: gatehouse webhooks update ${id} --enable`)
}
