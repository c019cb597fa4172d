import type { Needs } from '../base/nouns.ts'
import type { Patience } from '../storage/queue.ts'
import { checkEmail, type Email } from './email.ts'

/** What emails are called in the queue. */
export const EMAIL_QUEUE = 'email'

/** What the queue holds of an email: nobody who reads the database, or a copy of it, can follow its links. */
export interface Sealed {
  sealed: string
}

const DAY = 24 * 60 * 60

/** What an email is sealed for: it holds links that open an account, of which the database knows only digests. */
const PURPOSE = 'email'

/**
 * Attempts from seconds to a quarter of an hour apart go on for about five days, as mail servers do among themselves
 * (RFC 5321, section 4.5.4.1). What was delivered, or given up, is forgotten a day later.
 */
const PATIENCE: Patience = {
  retryLimit: 490,
  retryBackoff: true,
  retryDelay: 5,
  retryDelayMax: 15 * 60,
  expireInSeconds: 120,
  heartbeatSeconds: 15,
  retentionSeconds: 14 * DAY,
  deleteAfterSeconds: DAY,
}

/**
 * Emails on their way out. To post one is to write it down, in the transaction of the change it tells of: it is on its
 * way if, and only if, that commits. No mail server is spoken to here; ops/mail-delivery.ts does that in the background.
 */
export class Outbox {
  readonly #app

  constructor(app: Needs<'queue' | 'sealing' | 'config'>) {
    this.#app = app
  }

  /**
   * Takes part in the caller's transaction; without one the email is on its way at once.
   * @throws InvalidInput where `to` is not exactly one address
   */
  async post(email: Email): Promise<void> {
    checkEmail(email, this.#app.config.issuer)
    const data: Sealed = { sealed: this.#app.sealing.seal(JSON.stringify(email), PURPOSE) }
    await this.#app.queue.add(EMAIL_QUEUE, [{ data }], PATIENCE)
  }

  /** The email again, of what the queue holds. @throws Error when its key is no longer listed */
  unseal({ sealed }: Sealed): Email {
    return JSON.parse(this.#app.sealing.open(sealed, PURPOSE))
  }
}
