import type { Clock } from '../base/clock.ts'
import type { Demand } from './next-step.ts'

/** Of whom a second factor is demanded, who has none yet. Whoever has one is always asked for it. */
export class SecondFactorRules {
  readonly #everybody: boolean
  readonly #roles: ReadonlySet<string>
  readonly #grace: number
  readonly #clock: Clock

  constructor({
    everybody,
    roles,
    grace,
    clock,
  }: {
    everybody: boolean
    /** Of people with these it is demanded. */
    roles: readonly string[]
    /** Seconds for which it is only offered; 0: none. */
    grace: number
    clock: Clock
  }) {
    this.#everybody = everybody
    this.#roles = new Set(roles)
    this.#grace = grace
    this.#clock = clock
  }

  /** @param due when the grace of this person ends; null where it has not begun */
  enrolment(
    { roles, due }: { roles: readonly string[]; due: Date | null },
    { clientDemands }: { clientDemands: boolean },
  ): Demand['enrolment'] {
    if (!this.#everybody && !clientDemands && !roles.some(role => this.#roles.has(role))) return 'free'
    if (this.#grace === 0) return 'required'
    return due !== null && due <= this.#clock.now() ? 'required' : 'offered'
  }

  /** When the grace ends of somebody who is asked now for the first time. */
  due(): Date {
    return new Date(this.#clock.now().getTime() + this.#grace * 1000)
  }
}
