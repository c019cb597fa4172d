import type { FilterQuery } from '@mikro-orm/core'
import { AuditEvent } from '../audit/event.ts'
import { system } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput, NotFound } from '../base/refusals.ts'
import type { JobOptions } from '../storage/queue/queue.ts'
import { type DeliveryState, WebhookDelivery } from './delivery.ts'
import { type Answer, GONE } from './sender.ts'
import { Webhook } from './webhook.ts'

/** The name of the queue. */
export const WEBHOOK_QUEUE = 'webhook'

/** Delivery is attempted for about three days, at intervals from seconds to half an hour. */
const RETRIES: JobOptions = { retryLimit: 200, retryDelayMax: 30 * 60, expireInSeconds: 60 }

/** Deliveries that one statement adds. */
const BATCH = 1000

/** A job of the queue. What is sent is made when it is sent. */
export interface DeliveryJob {
  webhook: string
  event: string
}

/** What a job has to send. */
export interface DueDelivery {
  delivery: WebhookDelivery
  webhook: Webhook
  event: AuditEvent
}

interface NewDelivery extends DeliveryJob {
  kind: string
}

export interface DeliveryPage {
  state?: DeliveryState | undefined
  /** 50 by default. */
  limit?: number | undefined
  /** The ID of the last delivery seen; older ones follow. */
  before?: string | undefined
}

const ADD = `
  insert into webhook_delivery (id, webhook_id, event_id, kind, state, job_id, attempts, queued_at)
  select id, webhook, event, kind, 'waiting', job, 0, ?::timestamptz
  from jsonb_to_recordset(?::jsonb) as added (id uuid, webhook uuid, event uuid, kind text, job uuid)
  on conflict on constraint webhook_delivery_event_unique
    do update set state = 'waiting', job_id = excluded.job_id, queued_at = excluded.queued_at`

/** The deliveries of all webhooks: each is one event for one webhook, kept for a while after it has arrived or failed. */
export class WebhookDeliveries {
  readonly #app

  constructor(app: Needs<'em' | 'queue' | 'clock' | 'audit' | 'config'>) {
    this.#app = app
  }

  /** Queues these, also those that were delivered before, a batch at a time. Joins the transaction of the caller. */
  async add(wanted: readonly NewDelivery[]): Promise<void> {
    const now = this.#app.clock.now()
    let start = 0
    do {
      const rows = wanted.slice(start, start + BATCH).map(each => ({ ...each, id: newId(now), job: newId(now) }))
      await this.#app.em.execute(ADD, [now.toISOString(), JSON.stringify(rows)])
      const jobs = rows.map(({ job, webhook, event }) => ({ id: job, data: { webhook, event }, group: webhook }))
      await this.#app.queue.add(WEBHOOK_QUEUE, jobs, RETRIES)
      start += BATCH
    } while (start < wanted.length)
  }

  /** Queues those that match again, in the transaction of the caller. @returns how many */
  async repeat(where: FilterQuery<WebhookDelivery>): Promise<number> {
    const found = await this.#app.em.find(WebhookDelivery, where, { orderBy: { id: 'asc' } })
    await this.add(found.map(({ webhookId: webhook, eventId: event, kind }) => ({ webhook, event, kind })))
    return found.length
  }

  /** @throws NotFound */
  async find(webhookId: string, id: string): Promise<WebhookDelivery> {
    const found = isId(id) ? await this.#app.em.findOne(WebhookDelivery, { id, webhookId }) : null
    if (!found) throw new NotFound(`there is no delivery ${JSON.stringify(id)} of this webhook`)
    return found
  }

  /** Newest first, with the time of the next attempt of those that wait. @throws InvalidInput if `before` is not an ID */
  async list({ id: webhookId }: Webhook, { state, limit = 50, before }: DeliveryPage = {}) {
    if (before !== undefined && !isId(before)) throw new InvalidInput({ before: 'must be the ID of a delivery' })
    const where = { webhookId, ...(state && { state }), ...(before !== undefined && { id: { $lt: before } }) }
    const found = await this.#app.em.find(WebhookDelivery, where, { orderBy: { id: 'desc' }, limit })
    const jobs = found.flatMap(({ state, jobId }) => (state === 'waiting' ? [jobId] : []))
    const tries = await this.#app.queue.nextTries(WEBHOOK_QUEUE, jobs)
    return found.map(each => ({ ...each.summary(), nextAttemptAt: tries.get(each.jobId) ?? null }))
  }

  /**
   * What a job has to send; null if there is nothing: another job has taken its place, the webhook was removed, or it is
   * disabled, and the delivery waits until it is enabled.
   */
  async due(jobId: string, { webhook: webhookId, event: eventId }: DeliveryJob): Promise<DueDelivery | null> {
    const { em } = this.#app
    const delivery = await em.findOne(WebhookDelivery, { webhookId, eventId, jobId, state: 'waiting' })
    if (!delivery) return null
    const webhook = await em.findOne(Webhook, { id: webhookId })
    if (!webhook) await em.nativeDelete(WebhookDelivery, { webhookId })
    if (!webhook?.enabled) return null
    const event = await em.findOne(AuditEvent, { id: eventId })
    if (event) return { delivery, webhook, event }
    await em.nativeUpdate(WebhookDelivery, { id: delivery.id, jobId }, { state: 'failed', lastError: NO_EVENT })
    return null
  }

  /** Records the outcome of an attempt, unless another job has taken its place. @param over whether it is not tried again */
  async attempted({ delivery, webhook }: DueDelivery, answer: Answer, { over }: { over: boolean }): Promise<void> {
    const { em, clock } = this.#app
    const { id, jobId } = delivery
    const now = clock.now()
    const state = answer.error === null ? 'delivered' : over ? 'failed' : 'waiting'
    const outcome = { state, lastStatus: answer.status, lastError: answer.error, lastAttemptAt: now } as const
    const changed = await em.nativeUpdate(
      WebhookDelivery,
      { id, jobId },
      { ...outcome, attempts: delivery.attempts + 1 },
    )
    if (changed === 0) return
    if (state === 'delivered' && webhook.undeliveredSince != null)
      await em.nativeUpdate(Webhook, { id: webhook.id }, { undeliveredSince: null })
    if (state === 'failed' && answer.status !== GONE) await this.#gaveUp(webhook)
  }

  /** Records it once, however many deliveries are given up until one gets through. */
  async #gaveUp({ id }: Webhook): Promise<void> {
    const { em, clock, audit } = this.#app
    const first = { id, undeliveredSince: null }
    if ((await em.nativeUpdate(Webhook, first, { undeliveredSince: clock.now() })) > 0)
      await audit.write('webhook.undelivered', { by: system, target: id })
  }

  /** Removes those that have been kept long enough. @returns how many */
  prune(): Promise<number> {
    const before = new Date(this.#app.clock.now().getTime() - this.#app.config.webhookDeliveryTtl * 1000)
    return this.#app.em.nativeDelete(WebhookDelivery, { queuedAt: { $lt: before } })
  }
}

const NO_EVENT = 'the event is no longer in the audit log'
