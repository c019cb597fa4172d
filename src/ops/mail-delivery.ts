import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app.ts'
import type { Email } from '../email/email.ts'
import { EMAIL_QUEUE, type Sealed } from '../email/outbox.ts'
import { type Transport, Undeliverable, Unreachable } from '../email/transport.ts'
import type { Job } from '../storage/queue/queue.ts'

/** Emails that one process delivers at the same time. */
const HANDS = 4
/** How long a worker waits while the transport is unreachable: trying thousands in a row would slow requests down. */
const REST_MS = 2_000

type Write = (sent: Email) => { subject: string; html: string; text: string }

/**
 * Takes emails from the queue and hands each to the transport.
 * If a process dies in between, another one delivers the email again, under the same id.
 * A failed email is retried at growing intervals; it is given up at once only if its address does not exist.
 * While the transport is unreachable, few emails are tried, so the others are delivered soon after it is back.
 */
export class MailDelivery {
  readonly #app: App
  readonly #write: Write
  readonly #transport: Transport | null
  readonly #leaving = new AbortController()
  #failing = false

  constructor({ app, write, transport }: { app: App; write: Write; transport: Transport | null }) {
    this.#app = app
    this.#write = write
    this.#transport = transport
  }

  async start(): Promise<void> {
    const { queue, log } = this.#app
    const transport = this.#transport
    if (!transport) return log.warn('SMTP_URL is not set: emails wait in the queue and reach nobody')
    await queue.work<Sealed>(EMAIL_QUEUE, { workers: HANDS }, errand => this.#deliver(errand, transport))
  }

  async stop(): Promise<void> {
    this.#leaving.abort()
    await this.#app.queue.stopWork(EMAIL_QUEUE)
  }

  async #deliver({ id, data, last, signal }: Job<Sealed>, transport: Transport): Promise<object | undefined> {
    const { log, outbox, scope } = this.#app
    let about: object = { sent: id }
    try {
      const sent = outbox.unseal(data)
      const { kind, to, locale } = sent
      about = { ...about, kind, to }
      const message = { id, kind, to, locale, ...this.#write(sent) }
      await scope(() => transport.deliver(message, { signal }))
      if (this.#failing) log.info(`${transport.name} accepts emails again`)
      this.#failing = false
      return undefined
    } catch (error) {
      if (error instanceof Undeliverable) {
        log.warn({ ...about, reply: error.message }, 'the recipient does not exist; the email is discarded')
        return { undeliverable: error.message }
      }
      if (last) log.error({ ...about, err: error }, 'the email is discarded after many attempts')
      else if (!this.#failing)
        log.warn({ ...about, err: error }, `${transport.name} does not accept emails; they wait in the queue`)
      this.#failing = true
      if (error instanceof Unreachable) await this.#rest()
      throw error
    }
  }

  async #rest(): Promise<void> {
    await sleep(REST_MS, undefined, { signal: this.#leaving.signal }).catch(() => {})
  }
}
