import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import type { HeldSecondFactors } from '../credentials/second-factors.ts'
import { type Level, levelOf, methodsOf, PASSED, reaches, sparable } from './assurance.ts'
import type { AuthenticationSession } from './authentication-sessions.ts'
import { type Demand, nextStep, type Step } from './next-step.ts'

/** What the application requires, and what the browser holds. */
interface Wanted {
  level: Level
  clientDemands: boolean
  /** Whether the application accepts only verified addresses. */
  verifiedEmail: boolean
  /** The known-browser tokens that the browser holds. */
  devices: readonly string[]
}

/** The next step, and what its page needs. */
export interface Decision {
  step: Step
  open: AuthenticationSession
  factors: HeldSecondFactors
  enrolment: Demand['enrolment']
}

/** Collects the input of `nextStep`: the sign-in in progress, the factors of the account, the rules and the browser. */
export class SignInRequirements {
  readonly #app

  constructor(
    app: Needs<
      | 'em'
      | 'secondFactors'
      | 'roles'
      | 'knownBrowsers'
      | 'authenticationSessions'
      | 'secondFactorEnrolment'
      | 'passkeyOffer'
    >,
  ) {
    this.#app = app
  }

  async decide(
    given: AuthenticationSession,
    { level, clientDemands, verifiedEmail, devices }: Wanted,
  ): Promise<Decision> {
    const { account } = given
    const factors = await this.#app.secondFactors.of(account)
    const open = factors.any && level === '1fa' ? await this.#trusting(given, devices) : given
    const { attempt } = open
    const enrolment = factors.any ? 'free' : await this.#enrolment(account, clientDemands)
    const step = nextStep(
      {
        accountId: account.id,
        passed: methodsOf(attempt.passed),
        fresh: attempt.carriedFrom === null,
        factors,
        emailVerified: account.emailVerified,
        newCodes: attempt.codes !== null,
        skipped: new Set(attempt.skipped),
      },
      { level, enrolment, verifiedEmail, offerPasskey: !factors.passkeys && this.#app.passkeyOffer.due(account) },
    )
    return { step, open, factors, enrolment }
  }

  /** Counts a trusted browser in place of the second factor, which was used there before. */
  async #trusting(open: AuthenticationSession, devices: readonly string[]): Promise<AuthenticationSession> {
    const passed = methodsOf(open.attempt.passed)
    if (passed.has('trusted-browser') || !sparable(passed) || reaches(levelOf(passed), '2fa')) return open
    return (await this.#app.knownBrowsers.trusted(open.account, devices))
      ? this.#app.authenticationSessions.pass(open, PASSED.trustedBrowser)
      : open
  }

  /** Starts the grace period of a person who is asked for the first time. */
  async #enrolment(account: Account, clientDemands: boolean): Promise<Demand['enrolment']> {
    const roles = await this.#app.roles.of(account)
    const due = account.secondFactorDue ?? null
    const enrolment = this.#app.secondFactorEnrolment.enrolment({ roles, due }, { clientDemands })
    if (enrolment === 'offered' && due === null) {
      account.secondFactorDue = this.#app.secondFactorEnrolment.due()
      await this.#app.em.flush()
    }
    return enrolment
  }
}
