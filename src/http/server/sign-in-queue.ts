import { Busy } from '../../base/refusals.ts'

export interface QueueSize {
  /** Requests that are worked on at once. */
  atOnce: number
  /** Requests of each kind that may wait behind those. */
  waiting: number
}

/** Whether a person begins to sign in, or goes on with it. */
export type Stage = 'begin' | 'continue'

/** Longer than this nobody waits for a turn. */
const PATIENCE_MS = 5_000
/** A request that waits so long itself, such as for another provider, does not keep others waiting. */
const LONGEST_TURN_MS = 2_000
const RETRY_AFTER = 2

type Leave = () => void

interface Waiting {
  begin: (leave: Leave) => void
  timer: NodeJS.Timeout
}

/**
 * The requests by which people sign in, so that a crowd of them does not hold up what signs nobody in: a number of them
 * is worked on at once, so many wait, and the rest is refused. One turn in four goes to people who begin; the others to
 * those who have begun already, since a sign-in that is given up half way was work for nothing.
 */
export class SignInQueue {
  readonly #size: QueueSize
  readonly #waiting: Record<Stage, Set<Waiting>> = { begin: new Set(), continue: new Set() }
  #running = 0
  #turns = 0

  constructor(size: QueueSize) {
    this.#size = size
  }

  /** Waits for a turn. @returns what ends it @throws Busy */
  enter(stage: Stage): Promise<Leave> {
    if (this.#running < this.#size.atOnce) return Promise.resolve(this.#turn())
    const waiting = this.#waiting[stage]
    if (waiting.size >= this.#size.waiting) return Promise.reject(new Busy(RETRY_AFTER))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(own)
        reject(new Busy(RETRY_AFTER))
      }, PATIENCE_MS)
      const own = { begin: resolve, timer }
      waiting.add(own)
    })
  }

  #turn(): Leave {
    this.#running += 1
    let left = false
    const leave = () => {
      if (left) return
      left = true
      clearTimeout(timer)
      this.#running -= 1
      this.#next()
    }
    const timer = setTimeout(leave, LONGEST_TURN_MS)
    return leave
  }

  #next(): void {
    this.#turns += 1
    const { begin, continue: goingOn } = this.#waiting
    const [first, second] = this.#turns % 4 === 0 ? [begin, goingOn] : [goingOn, begin]
    const from = first.size > 0 ? first : second
    const [next] = from
    if (!next) return
    from.delete(next)
    clearTimeout(next.timer)
    next.begin(this.#turn())
  }
}
