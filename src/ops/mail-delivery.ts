import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app.ts'
import type { Email } from '../email/email.ts'
import { EMAIL_QUEUE, type Sealed } from '../email/outbox.ts'
import { type Transport, Undeliverable, Unreachable } from '../email/transport.ts'
import type { Job } from '../storage/queue/queue.ts'

/** Emails that one process delivers at the same time. */
const WORKERS = 4
/** How long a worker waits while the transport is unreachable: trying thousands in a row would slow requests down. */
const PAUSE_MS = 2_000

interface Parts {
  app: App
  write: (email: Email) => { subject: string; html: string; text: string }
  /** Null if SMTP_URL is not set. */
  transport: Transport | null
}

/**
 * Takes emails from the queue and hands each to the transport.
 * If a process dies in between, another one delivers the email again, under the same id.
 * A failed email is retried at growing intervals; it is given up at once only if its address does not exist.
 * While the transport is unreachable, few emails are tried, so the others are delivered soon after it is back.
 */
export class MailDelivery {
  readonly #parts: Parts
  readonly #stopping = new AbortController()
  #failing = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const { app, transport } = this.#parts
    const { queue, log } = app
    if (!transport) return log.warn('SMTP_URL is not set: emails wait in the queue and are not delivered')
    await queue.work<Sealed>(EMAIL_QUEUE, { workers: WORKERS }, job => this.#deliver(job, transport))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#parts.app.queue.stopWork(EMAIL_QUEUE)
  }

  async #deliver({ id, data, last, signal }: Job<Sealed>, transport: Transport): Promise<object | undefined> {
    const { log, outbox, scope } = this.#parts.app
    let about: object = { sent: id }
    try {
      const sent = outbox.unseal(data)
      const { kind, to, locale } = sent
      about = { ...about, kind, to }
      const message = { id, kind, to, locale, ...this.#parts.write(sent) }
      await scope(() => transport.deliver(message, { signal }))
      if (this.#failing) log.info(`${transport.name} accepts emails again`)
      this.#failing = false
      return undefined
    } catch (error) {
      if (error instanceof Undeliverable) {
        log.warn({ ...about, reply: error.message }, 'the recipient does not exist; the email is discarded')
        return { undeliverable: error.message }
      }
      if (last) log.error({ ...about, err: error }, 'the email is discarded after too many failed attempts')
      else if (!this.#failing)
        log.warn({ ...about, err: error }, `${transport.name} does not accept emails; they wait in the queue`)
      this.#failing = true
      if (error instanceof Unreachable)
        await sleep(PAUSE_MS, undefined, { signal: this.#stopping.signal }).catch(() => {})
      throw error
    }
  }
}
