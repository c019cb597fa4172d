import { hash, needsRehash, verify } from 'argon2'
import { Busy } from '../../base/refusals.ts'

export interface HashingCost {
  /** KiB. */
  memory: number
  passes: number
  parallelism: number
  /** Hashes at once: never more than there are cores, they would only starve one another. */
  concurrency: number
  /** Hashes that may wait behind those before the next one is refused. */
  queue: number
}

/** argon2id (RFC 9106), a bounded number at once and a short queue behind that. */
export class Hashing {
  readonly #cost: HashingCost
  readonly #options: { memoryCost: number; timeCost: number; parallelism: number }
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(cost: HashingCost) {
    this.#cost = cost
    this.#options = { memoryCost: cost.memory, timeCost: cost.passes, parallelism: cost.parallelism }
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password, this.#options))
  }

  verify(digest: string, password: string): Promise<boolean> {
    return this.#inTurn(() => verify(digest, password))
  }

  /** Whether the digest was made with other parameters than today's. */
  outdated(digest: string): boolean {
    return needsRehash(digest, this.#options)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#cost.concurrency) {
      if (this.#waiting.length >= this.#cost.queue) throw new Busy(2)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
