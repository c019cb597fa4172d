import { network } from '../base/network/ip-ranges.ts'
import type { Needs } from '../base/nouns.ts'
import { StoreUnavailable, TooManyAttempts } from '../base/refusals.ts'
import { REFUSED_REQUEST, type RefusedRequest, shortened } from './refused-request.ts'

/** Records that one process writes at the same time; while a store is slow, no more are kept. */
const MOST_AT_ONCE = 20

/**
 * The refused requests of the last day. Anyone can send a bad request, so there are limits: for each network, so that one
 * can't fill the memory, and for all together. What is kept is never dropped to make room for newer records.
 */
export class RefusedRequests {
  readonly #app
  readonly #writing = new Set<Promise<void>>()

  constructor(app: Needs<'kept' | 'limits' | 'log' | 'outages'>) {
    this.#app = app
  }

  /**
   * Keeps it if that is possible. No response waits for this, or fails because of it.
   * @param explain called only within the limits, since an explanation costs more than a refusal
   */
  keep(id: string, ip: string | null, explain: () => Promise<RefusedRequest>): void {
    if (this.#writing.size >= MOST_AT_ONCE) return
    const writing = this.#write(id, ip, explain)
      .catch(error => this.#note(error, id))
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  find(id: string): Promise<RefusedRequest | null> {
    return this.#app.kept.look(REFUSED_REQUEST, id)
  }

  /** Waits for what is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing)
  }

  async #write(id: string, ip: string | null, explain: () => Promise<RefusedRequest>): Promise<void> {
    const { kept, limits } = this.#app
    await limits.refusedRequestsByIp.take(network(ip))
    await limits.refusedRequests.take('all')
    await kept.put(REFUSED_REQUEST, id, shortened(await explain()))
  }

  #note(error: unknown, requestId: string): void {
    if (error instanceof TooManyAttempts) return
    if (error instanceof StoreUnavailable) this.#app.outages.note(error, requestId)
    else this.#app.log.error({ err: error, requestId }, 'could not keep why a request was refused')
  }
}
