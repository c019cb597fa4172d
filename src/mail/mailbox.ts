import { isId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { DeliveredLetter } from './delivered-letter.ts'
import type { Message, Transport } from './transport.ts'

const KEPT_MS = 7 * 24 * 60 * 60 * 1000
const KEPT = 500

/**
 * Where letters arrive when there is no mail server, outside production: everybody's, for whoever can open the page.
 * It forgets a letter after a week, and older ones as soon as there are too many.
 */
export class Mailbox implements Transport {
  readonly #app
  readonly name = 'the mailbox'

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** A letter that is carried again, because it was not known to have arrived, is there once. */
  async deliver({ id, kind, to, subject, html, text }: Message): Promise<void> {
    const letter = { id, kind, recipient: to, subject, html, text, deliveredAt: this.#app.clock.now() }
    await this.#app.em.upsert(DeliveredLetter, letter, { onConflictAction: 'ignore' })
    await this.#forget()
  }

  /** Newest first. */
  async letters({ to, limit = 50 }: { to?: string; limit?: number } = {}): Promise<DeliveredLetter[]> {
    const newest = { orderBy: { deliveredAt: 'desc', id: 'desc' }, limit } as const
    return this.#app.em.find(DeliveredLetter, to === undefined ? {} : { recipient: to }, newest)
  }

  async letter(id: string): Promise<DeliveredLetter | null> {
    return isId(id) ? this.#app.em.findOne(DeliveredLetter, { id }) : null
  }

  async #forget(): Promise<void> {
    const old = new Date(this.#app.clock.now().getTime() - KEPT_MS)
    await this.#app.em.nativeDelete(DeliveredLetter, { deliveredAt: { $lt: old } })
    const [tooMany] = await this.#app.em.find(
      DeliveredLetter,
      {},
      { orderBy: { deliveredAt: 'desc' }, offset: KEPT, limit: 1 },
    )
    if (tooMany) await this.#app.em.nativeDelete(DeliveredLetter, { deliveredAt: { $lte: tooMany.deliveredAt } })
  }
}
