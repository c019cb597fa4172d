import { Busy } from '../../base/refusals.ts'
import type { Context } from '../kit/request/context.ts'

/** Requests that may wait in one process, and of one IP address. */
const MOST = 2_000
const MOST_OF_ADDRESS = 100
/** Seconds after which those who find no place ask again. */
const RETRY = 2

/** The requests that wait for news of the list of revoked tokens. */
export class WaitingReaders {
  readonly #ofAddress = new Map<string, number>()
  #all = 0

  /**
   * @param work gets a promise that resolves when the reader has left
   * @throws Busy if too many wait already
   */
  async admit<T>({ state, res }: Context, work: (left: Promise<void>) => Promise<T>): Promise<T> {
    const address = state.visitor.ip ?? ''
    const others = this.#ofAddress.get(address) ?? 0
    if (this.#all >= MOST || others >= MOST_OF_ADDRESS) throw new Busy(RETRY)
    const left = Promise.withResolvers<void>()
    res.once('close', left.resolve)
    this.#all++
    this.#ofAddress.set(address, others + 1)
    try {
      return await work(left.promise)
    } finally {
      this.#all--
      const now = (this.#ofAddress.get(address) ?? 1) - 1
      if (now > 0) this.#ofAddress.set(address, now)
      else this.#ofAddress.delete(address)
      res.off('close', left.resolve)
    }
  }
}
