import type { Needs } from '../base/nouns.ts'
import type { Requirements } from './next-step.ts'

/** Whether a person without a second factor has to set one up. A person who has one is always asked for it. */
export class SecondFactorEnrolment {
  readonly #app

  constructor(app: Needs<'config' | 'clock'>) {
    this.#app = app
  }

  /** @param due end of this person's grace period; null if it has not started */
  enrolment(
    { roles, due }: { roles: readonly string[]; due: Date | null },
    { clientRequires }: { clientRequires: boolean },
  ): Requirements['enrolment'] {
    const { secondFactor, secondFactorRoles, secondFactorGrace } = this.#app.config
    const required =
      secondFactor === 'required' || clientRequires || roles.some(role => secondFactorRoles.includes(role))
    if (!required) return 'free'
    if (secondFactorGrace === 0) return 'required'
    return due !== null && due <= this.#app.clock.now() ? 'required' : 'offered'
  }

  /** End of a grace period that starts now. */
  due(): Date {
    return new Date(this.#app.clock.now().getTime() + this.#app.config.secondFactorGrace * 1000)
  }
}
