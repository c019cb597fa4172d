import { Busy } from '../../base/refusals.ts'

export interface QueueSize {
  /** The number of requests that are handled at once. */
  atOnce: number
  /** The number of requests of each stage that may wait. */
  waiting: number
  /** A request that has waited this long, in milliseconds, is refused. */
  longestWait?: number
}

/** Whether a request starts a sign-in or continues one. */
export type Stage = 'begin' | 'continue'

const LONGEST_WAIT_MS = 5_000
/** A request that takes longer, such as one that waits for an upstream provider, gives its slot to the next. */
const MAX_SLOT_MS = 2_000
const RETRY_AFTER = 2

type Leave = () => void

interface Waiting {
  begin: (leave: Leave) => void
  timer: NodeJS.Timeout
}

/**
 * Limits how many sign-in requests are handled at once, so that a rush of sign-ins does not delay other requests. A limited
 * number waits, and the rest is refused. One slot in four goes to requests that start a sign-in, the others to those that
 * continue one, since the work for an abandoned sign-in is wasted.
 */
export class SignInQueue {
  readonly #size: QueueSize
  readonly #waiting: Record<Stage, Set<Waiting>> = { begin: new Set(), continue: new Set() }
  #running = 0
  #given = 0

  constructor(size: QueueSize) {
    this.#size = size
  }

  /** Waits for a slot. @returns the function that frees the slot @throws Busy */
  enter(stage: Stage): Promise<Leave> {
    if (this.#running < this.#size.atOnce) return Promise.resolve(this.#takeSlot())
    const waiting = this.#waiting[stage]
    if (waiting.size >= this.#size.waiting) return Promise.reject(new Busy(RETRY_AFTER))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(own)
        reject(new Busy(RETRY_AFTER))
      }, this.#size.longestWait ?? LONGEST_WAIT_MS)
      const own = { begin: resolve, timer }
      waiting.add(own)
    })
  }

  #takeSlot(): Leave {
    this.#running += 1
    let left = false
    const leave = () => {
      if (left) return
      left = true
      clearTimeout(timer)
      this.#running -= 1
      this.#next()
    }
    const timer = setTimeout(leave, MAX_SLOT_MS)
    return leave
  }

  #next(): void {
    this.#given += 1
    const { begin, continue: continuing } = this.#waiting
    const [first, second] = this.#given % 4 === 0 ? [begin, continuing] : [continuing, begin]
    const from = first.size > 0 ? first : second
    const [next] = from
    if (!next) return
    from.delete(next)
    clearTimeout(next.timer)
    next.begin(this.#takeSlot())
  }
}
