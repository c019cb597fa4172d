import { epoch } from '../clock.js'
import { DigestTable, digestOf } from '../digest-table.js'

/** More proofs than one process can verify within the minutes for which they are remembered. */
const MOST = 1_000_000

/** @typedef {import('../types.d.ts').Replays} Replays */

/** The used proofs, in the memory of this process. @implements {Replays} */
export class MemoryReplays {
  #used = new DigestTable()
  #clock

  /** @param {import('../types.d.ts').Clock} clock */
  constructor(clock) {
    this.#clock = clock
  }

  /** @param {string} id @param {number} until */
  seen(id, until) {
    const [digest, now] = [digestOf(id), epoch(this.#clock)]
    if (this.#used.has(digest, now)) return true
    if (this.#used.size >= MOST) this.#used.compact(now)
    // To forget one of them would let it be used again.
    if (this.#used.size >= MOST) throw new Error('too many proofs are in use')
    this.#used.add(digest, until, now)
    return false
  }
}
