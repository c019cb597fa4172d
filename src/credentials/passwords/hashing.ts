import { hash, needsRehash, verify } from 'argon2'
import { Busy } from '../../base/refusals.ts'

export interface HashingCost {
  /** KiB. */
  memory: number
  passes: number
  parallelism: number
  /** Hashes at the same time: at most the number of cores, because more only slow each other down. */
  concurrency: number
  /** Hashes that may wait behind those. The next one is refused. */
  queue: number
}

/** argon2id (RFC 9106), with limited concurrency and a short queue. */
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

  /** Whether the digest was made with other parameters than the current ones. */
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
