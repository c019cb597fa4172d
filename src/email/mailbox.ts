import { isId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { DeliveredEmail } from './delivered-email.ts'
import type { Message, Transport } from './transport.ts'

const KEPT_MS = 7 * 24 * 60 * 60 * 1000
const KEPT = 500

/**
 * Receives all emails in development, when there is no mail server; anyone who can open the page can read them. It
 * keeps the newest 500 emails, for a week at most.
 */
export class Mailbox implements Transport {
  readonly #app
  readonly name = 'the mailbox'

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** An email that is delivered twice, with the same id, is stored once. */
  async deliver({ id, kind, to, subject, html, text }: Message): Promise<void> {
    const email = { id, kind, recipient: to, subject, html, text, deliveredAt: this.#app.clock.now() }
    await this.#app.em.upsert(DeliveredEmail, email, { onConflictAction: 'ignore' })
    await this.#forget()
  }

  /** Newest first. */
  async emails({ to, limit = 50 }: { to?: string; limit?: number } = {}): Promise<DeliveredEmail[]> {
    const newest = { orderBy: { deliveredAt: 'desc', id: 'desc' }, limit } as const
    return this.#app.em.find(DeliveredEmail, to === undefined ? {} : { recipient: to }, newest)
  }

  async email(id: string): Promise<DeliveredEmail | null> {
    return isId(id) ? this.#app.em.findOne(DeliveredEmail, { id }) : null
  }

  async #forget(): Promise<void> {
    const old = new Date(this.#app.clock.now().getTime() - KEPT_MS)
    await this.#app.em.nativeDelete(DeliveredEmail, { deliveredAt: { $lt: old } })
    const [tooMany] = await this.#app.em.find(
      DeliveredEmail,
      {},
      { orderBy: { deliveredAt: 'desc' }, offset: KEPT, limit: 1 },
    )
    if (tooMany) await this.#app.em.nativeDelete(DeliveredEmail, { deliveredAt: { $lte: tooMany.deliveredAt } })
  }
}
