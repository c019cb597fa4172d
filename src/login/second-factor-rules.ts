import type { Needs } from '../base/nouns.ts'
import type { Demand } from './next-step.ts'

/** Of whom a second factor is demanded, who has none yet. Whoever has one is always asked for it. */
export class SecondFactorRules {
  readonly #app

  constructor(app: Needs<'config' | 'clock'>) {
    this.#app = app
  }

  /** @param due when the grace of this person ends; null where it has not begun */
  enrolment(
    { roles, due }: { roles: readonly string[]; due: Date | null },
    { clientDemands }: { clientDemands: boolean },
  ): Demand['enrolment'] {
    const { secondFactor, secondFactorRoles, secondFactorGrace } = this.#app.config
    const required =
      secondFactor === 'required' || clientDemands || roles.some(role => secondFactorRoles.includes(role))
    if (!required) return 'free'
    if (secondFactorGrace === 0) return 'required'
    return due !== null && due <= this.#app.clock.now() ? 'required' : 'offered'
  }

  /** When the grace ends of somebody who is asked now for the first time. */
  due(): Date {
    return new Date(this.#app.clock.now().getTime() + this.#app.config.secondFactorGrace * 1000)
  }
}
