import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import type { HeldSecondFactors } from '../credentials/second-factors.ts'
import { allowsTrustedBrowser, type Level, levelOf, METHODS, methodNames, reaches } from './assurance.ts'
import { nextStep, type Requirements, type Step } from './next-step.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'

/** What the application requires, and what the browser holds. */
interface Wanted {
  level: Level
  clientRequires: boolean
  /** Whether the application accepts only verified addresses. */
  verifiedEmail: boolean
  /** The known-browser tokens that the browser holds. */
  browserTokens: readonly string[]
}

/** The next step, and what its page needs. */
export interface Decision {
  step: Step
  signIn: PendingSignIn
  factors: HeldSecondFactors
  enrolment: Requirements['enrolment']
}

/** Collects the input of `nextStep`: the sign-in in progress, the factors of the account, the rules and the browser. */
export class SignInRequirements {
  readonly #app

  constructor(
    app: Needs<
      'em' | 'secondFactors' | 'roles' | 'knownBrowsers' | 'pendingSignIns' | 'secondFactorEnrolment' | 'passkeyOffer'
    >,
  ) {
    this.#app = app
  }

  async decide(
    given: PendingSignIn,
    { level, clientRequires, verifiedEmail, browserTokens }: Wanted,
  ): Promise<Decision> {
    const { account } = given
    const factors = await this.#app.secondFactors.of(account)
    const signIn = factors.any && level === '1fa' ? await this.#trusting(given, browserTokens) : given
    const { progress } = signIn
    const enrolment = factors.any ? 'free' : await this.#enrolment(account, clientRequires)
    const step = nextStep(
      {
        accountId: account.id,
        passed: methodNames(progress.passed),
        fresh: progress.carriedFrom === null,
        factors,
        emailVerified: account.emailVerified,
        newCodes: progress.codes !== null,
        skipped: new Set(progress.skipped),
      },
      { level, enrolment, verifiedEmail, offerPasskey: !factors.passkeys && this.#app.passkeyOffer.due(account) },
    )
    return { step, signIn: signIn, factors, enrolment }
  }

  /** Counts a trusted browser in place of the second factor, which was used there before. */
  async #trusting(signIn: PendingSignIn, devices: readonly string[]): Promise<PendingSignIn> {
    const passed = methodNames(signIn.progress.passed)
    if (passed.has('trusted-browser') || !allowsTrustedBrowser(passed) || reaches(levelOf(passed), '2fa')) return signIn
    return (await this.#app.knownBrowsers.trusted(signIn.account, devices))
      ? this.#app.pendingSignIns.addMethod(signIn, METHODS.trustedBrowser)
      : signIn
  }

  /** Starts the grace period of a person who is asked for the first time. */
  async #enrolment(account: Account, clientRequires: boolean): Promise<Requirements['enrolment']> {
    const roles = await this.#app.roles.of(account)
    const due = account.secondFactorDue ?? null
    const enrolment = this.#app.secondFactorEnrolment.enrolment({ roles, due }, { clientRequires })
    if (enrolment === 'offered' && due === null) {
      account.secondFactorDue = this.#app.secondFactorEnrolment.due()
      await this.#app.em.flush()
    }
    return enrolment
  }
}
