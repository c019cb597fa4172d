import type { Needs } from '../base/nouns.ts'
import type { JobOptions } from '../storage/queue/queue.ts'
import { checkEmail, type Email } from './email.ts'

/** The name of the queue. */
export const EMAIL_QUEUE = 'email'

/** A queued email. It is encrypted, so its links cannot be read from the database or a copy of it. */
export interface Sealed {
  sealed: string
}

/** Emails are encrypted because their links open accounts. Other tables have only digests of these links. */
const PURPOSE = 'email'

/** Attempts continue for about five days, 5 seconds to 15 minutes apart, as mail servers do (RFC 5321, 4.5.4.1). */
const RETRIES: JobOptions = { retryLimit: 490, retryDelayMax: 15 * 60, expireInSeconds: 120 }

/**
 * Emails that wait for delivery. An email is queued in the transaction of the change that it reports, so it is sent if,
 * and only if, that change is committed. ops/mail-delivery.ts hands it to the mail server in the background.
 */
export class Outbox {
  readonly #app

  constructor(app: Needs<'queue' | 'sealing' | 'config'>) {
    this.#app = app
  }

  /** Joins the transaction of the caller. @throws InvalidInput if `to` is not exactly one address */
  async post(email: Email): Promise<void> {
    checkEmail(email, this.#app.config.issuer)
    const data: Sealed = { sealed: this.#app.sealing.seal(JSON.stringify(email), PURPOSE) }
    await this.#app.queue.add(EMAIL_QUEUE, [{ data }], RETRIES)
  }

  /** @throws Error if the key is no longer in SECRET_KEYS */
  unseal({ sealed }: Sealed): Email {
    return JSON.parse(this.#app.sealing.open(sealed, PURPOSE))
  }
}
