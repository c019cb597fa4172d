import type { Needs } from '../base/nouns.ts'
import { allowsTrustedBrowser, type Level, levelOf, type MethodName, reaches } from './assurance.ts'

/** Whether a person without a second factor has to set one up, may postpone it, or is not asked to. */
export type Enrolment = 'none' | 'offered' | 'required'

/**
 * Whether a person who has a second factor is asked for it. In a trusted browser they are not, but the browser is not a
 * factor: an application that requires two gets two.
 */
export function asksForSecondFactor(passed: ReadonlySet<MethodName>, required: Level): boolean {
  const trusted = passed.has('trusted-browser') && allowsTrustedBrowser(passed) && required === '1fa'
  return !reaches(levelOf(passed), '2fa') && !trusted
}

/** The operator's rules for people without a second factor. A person who has one is always asked for it. */
export class SecondFactorPolicy {
  readonly #app

  constructor(app: Needs<'config' | 'clock'>) {
    this.#app = app
  }

  /** @param due end of this person's grace period; null if it has not started */
  enrolment(
    { roles, due }: { roles: readonly string[]; due: Date | null },
    { clientRequires }: { clientRequires: boolean },
  ): Enrolment {
    const { secondFactor, secondFactorRoles, secondFactorGrace } = this.#app.config
    const required =
      secondFactor === 'required' || clientRequires || roles.some(role => secondFactorRoles.includes(role))
    if (!required) return 'none'
    if (secondFactorGrace === 0) return 'required'
    return due !== null && due <= this.#app.clock.now() ? 'required' : 'offered'
  }

  /** End of a grace period that starts now. */
  due(): Date {
    return new Date(this.#app.clock.now().getTime() + this.#app.config.secondFactorGrace * 1000)
  }
}
