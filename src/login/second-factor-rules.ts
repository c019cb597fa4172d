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
    const rules = this.#app.config.secondFactor
    if (!rules.required && !clientDemands && !roles.some(role => rules.roles.includes(role))) return 'free'
    if (rules.grace === 0) return 'required'
    return due !== null && due <= this.#app.clock.now() ? 'required' : 'offered'
  }

  /** When the grace ends of somebody who is asked now for the first time. */
  due(): Date {
    return new Date(this.#app.clock.now().getTime() + this.#app.config.secondFactor.grace * 1000)
  }
}
