import type { App } from '../app.ts'
import type { Job } from '../storage/queue/queue.ts'
import { type DeliveryJob, type DueDelivery, WEBHOOK_QUEUE } from '../webhooks/deliveries.ts'
import { type Answer, GONE } from '../webhooks/sender.ts'

/** Deliveries that one process sends at the same time. */
const WORKERS = 6
/** Deliveries that are sent to one webhook at the same time, by all processes together. */
const PER_WEBHOOK = 2
/** How long a webhook that did not answer in time is not tried: its deliveries are postponed, so that they keep no workers busy. */
const PAUSE_MS = 60_000

/**
 * Takes deliveries from the queue and sends each to its webhook, in no particular order. One that fails is retried at
 * growing intervals under the same webhook-id; when it is given up, the audit log and the log record that. If a process
 * dies before it has recorded that a delivery arrived, another one sends it again. A webhook that answers 410 is disabled.
 */
export class WebhookDispatch {
  readonly #app: App
  /** The webhooks whose last delivery failed. */
  readonly #failing = new Set<string>()
  /** When a webhook did not answer in time; milliseconds of `performance.now()`. */
  readonly #timedOutAt = new Map<string, number>()

  constructor(app: App) {
    this.#app = app
  }

  start(): Promise<void> {
    const limits = { workers: WORKERS, perGroup: PER_WEBHOOK }
    return this.#app.queue.work<DeliveryJob>(WEBHOOK_QUEUE, limits, job => this.#deliver(job))
  }

  stop(): Promise<void> {
    return this.#app.queue.stopWork(WEBHOOK_QUEUE)
  }

  async #deliver({ id, data, last }: Job<DeliveryJob>): Promise<undefined> {
    const { scope, webhookDeliveries, webhookSender } = this.#app
    const due = await scope(() => webhookDeliveries.due(id, data))
    if (!due) return
    const timedOutAt = this.#timedOutAt.get(data.webhook)
    if (!last && timedOutAt !== undefined && performance.now() - timedOutAt < PAUSE_MS)
      throw new Error('postponed: the webhook did not answer in time a moment ago')
    const answer = await webhookSender.send(due.webhook, due.event)
    await this.#record(due, answer, { last })
    if (answer.error === null) return this.#arrived(data)
    if (answer.status === GONE) return this.#gone(data)
    this.#failed(data, answer, { last })
    throw new Error(answer.error)
  }

  async #record(due: DueDelivery, answer: Answer, { last }: { last: boolean }): Promise<void> {
    const { scope, atomically, webhookDeliveries, webhooks } = this.#app
    const gone = answer.status === GONE
    await scope(() =>
      atomically(async () => {
        await webhookDeliveries.attempted(due, answer, { over: last || gone })
        if (gone) await webhooks.disableGone(due.webhook)
      }),
    )
  }

  #arrived({ webhook }: DeliveryJob): undefined {
    this.#timedOutAt.delete(webhook)
    if (this.#failing.delete(webhook)) this.#app.log.info({ webhook }, 'the webhook accepts events again')
  }

  #gone({ webhook }: DeliveryJob): undefined {
    this.#app.log.warn({ webhook }, 'the webhook answered that it is gone; it is disabled')
  }

  #failed({ webhook, event }: DeliveryJob, answer: Answer, { last }: { last: boolean }): void {
    const { log } = this.#app
    const about = { webhook, event, status: answer.status, reason: answer.error }
    const known = this.#failing.has(webhook)
    this.#failing.add(webhook)
    if (answer.timedOut) this.#timedOutAt.set(webhook, performance.now())
    else this.#timedOutAt.delete(webhook)
    if (last) log.error(about, 'could not deliver an event to the webhook; giving up')
    else if (!known) log.warn(about, 'could not deliver an event to the webhook; retrying')
  }
}
