import { AuditEvent } from '../audit/event.ts'
import { listed } from '../audit/listed-event.ts'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import { newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { inWords, isTimeout } from './request-errors.ts'
import { secretPurpose, signature } from './secret.ts'
import type { Webhook } from './webhook.ts'

const LIMITS = { timeout: 10_000, maxBytes: 64 * 1024 }

/** The status of a receiver that wants no more (RFC 9110 section 15.5.11). */
export const GONE = 410

/** What a receiver answered. */
export interface Answer {
  /** The HTTP status; null if there was no answer. */
  status: number | null
  /** Why it does not count as delivered, in words; null if it does. */
  error: string | null
  /** Whether it was still waited for when the time was up. */
  timedOut: boolean
  /** The body of the answer; empty if there was none. */
  body: string
}

/** Sends events to webhooks as the Standard Webhooks specification (1.0.0) says, each as one signed POST request. */
export class WebhookSender {
  readonly #app

  constructor(app: Needs<'outbound' | 'sealing' | 'clock'>) {
    this.#app = app
  }

  /** Sends an event once. Any answer but 2xx is an error; redirects are not followed. */
  async send(webhook: Webhook, event: AuditEvent): Promise<Answer> {
    const now = this.#app.clock.now()
    const secrets = this.#secrets(webhook, now)
    if (secrets.length === 0) return { status: null, error: sealedElsewhere(webhook), timedOut: false, body: '' }
    const body = JSON.stringify({ type: event.kind, timestamp: event.at, data: listed(event) })
    const message = { id: event.id, timestamp: epoch(now), body }
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Gatehouse',
      'webhook-id': message.id,
      'webhook-timestamp': String(message.timestamp),
      'webhook-signature': secrets.map(secret => signature(secret, message)).join(' '),
    }
    let status: number | null = null
    try {
      const response = await this.#app.outbound(webhook.url, { method: 'POST', headers, body }, LIMITS)
      status = response.status
      const answer = await response.text()
      const error = response.ok ? null : `the receiver answered ${status}`
      return { status, error, timedOut: false, body: answer }
    } catch (error) {
      return { status, error: inWords(error, LIMITS), timedOut: isTimeout(error), body: '' }
    }
  }

  /** Sends an event of the kind `webhook.test`, which is in no audit log. */
  test(webhook: Webhook, { by }: { by: Actor }): Promise<Answer> {
    const event = new AuditEvent()
    event.at = this.#app.clock.now()
    event.id = newId(event.at)
    event.kind = 'webhook.test'
    event.success = true
    event.actorKind = by.kind
    event.actorId = by.id
    event.target = webhook.id
    return this.send(webhook, event)
  }

  /** Without those that SECRET_KEYS can no longer open. */
  #secrets(webhook: Webhook, now: Date): string[] {
    const purpose = secretPurpose(webhook.id)
    const opened = webhook.secretsAt(now).map(sealed => this.#app.sealing.openJson<string>(sealed, purpose))
    return opened.filter(secret => secret !== null)
  }
}

function sealedElsewhere({ id }: Webhook): string {
  return `its secret was sealed with a key that SECRET_KEYS no longer lists; make a new one: gatehouse webhooks rotate-secret ${id}`
}
