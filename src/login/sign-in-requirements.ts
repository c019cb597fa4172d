import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import type { HeldFactors } from '../credentials/factors.ts'
import { type Level, levelOf, methodsOf, PASSED, reaches, sparable } from './assurance.ts'
import type { AuthenticationSession } from './authentication-sessions.ts'
import { type Demand, nextStep, type Step } from './next-step.ts'

/** What the application asks for, and what the browser holds. */
interface Wanted {
  level: Level
  clientDemands: boolean
  /** Whether the application is for people with a proven address alone. */
  provenAddress: boolean
  /** What the browser has kept of sign-ins before. */
  devices: readonly string[]
}

/** What comes next, and what its page needs to know. */
export interface Decision {
  step: Step
  open: AuthenticationSession
  factors: HeldFactors
  enrolment: Demand['enrolment']
}

/** Puts together what `nextStep` decides by: the attempt, the account's factors, the rules, the browser. */
export class SignInRequirements {
  readonly #app

  constructor(
    app: Needs<
      'em' | 'factors' | 'roles' | 'knownBrowsers' | 'authenticationSessions' | 'secondFactorRules' | 'passkeyOffer'
    >,
  ) {
    this.#app = app
  }

  async decide(
    given: AuthenticationSession,
    { level, clientDemands, provenAddress, devices }: Wanted,
  ): Promise<Decision> {
    const { account } = given
    const factors = await this.#app.factors.of(account)
    const open = factors.any && level === '1fa' ? await this.#trusting(given, devices) : given
    const { attempt } = open
    const enrolment = factors.any ? 'free' : await this.#enrolment(account, clientDemands)
    const step = nextStep(
      {
        accountId: account.id,
        passed: methodsOf(attempt.passed),
        fresh: attempt.carriedFrom === null,
        factors,
        addressProven: account.emailVerified,
        newCodes: attempt.codes !== null,
        skipped: new Set(attempt.skipped),
      },
      { level, enrolment, provenAddress, offerPasskey: !factors.passkeys && this.#app.passkeyOffer.due(account) },
    )
    return { step, open, factors, enrolment }
  }

  /** In a browser that is trusted the second factor was shown some time ago. */
  async #trusting(open: AuthenticationSession, devices: readonly string[]): Promise<AuthenticationSession> {
    const passed = methodsOf(open.attempt.passed)
    if (passed.has('trusted-browser') || !sparable(passed) || reaches(levelOf(passed), '2fa')) return open
    return (await this.#app.knownBrowsers.trusted(open.account, devices))
      ? this.#app.authenticationSessions.pass(open, PASSED.trustedBrowser)
      : open
  }

  /** The grace of somebody who is asked for the first time begins now. */
  async #enrolment(account: Account, clientDemands: boolean): Promise<Demand['enrolment']> {
    const roles = await this.#app.roles.of(account)
    const due = account.secondFactorDue ?? null
    const enrolment = this.#app.secondFactorRules.enrolment({ roles, due }, { clientDemands })
    if (enrolment === 'offered' && due === null) {
      account.secondFactorDue = this.#app.secondFactorRules.due()
      await this.#app.em.flush()
    }
    return enrolment
  }
}
