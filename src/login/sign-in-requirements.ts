import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import type { HeldSecondFactors } from '../credentials/second-factors.ts'
import { allowsTrustedBrowser, METHODS, methodNames } from './assurance.ts'
import { nextStep, type Requirements, type Step } from './next-step.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'
import { asksForSecondFactor, type Enrolment } from './second-factor-policy.ts'

/** What the application requires, and the known-browser tokens that the browser holds. */
interface Given extends Pick<Requirements, 'level' | 'verifiedEmail'> {
  clientRequires: boolean
  browserTokens: readonly string[]
}

/** The next step, and what its page needs. */
export interface Decision {
  step: Step
  signIn: PendingSignIn
  factors: HeldSecondFactors
  enrolment: Enrolment
}

/** Collects the input of `nextStep`: the sign-in in progress, the factors of the account, the rules and the browser. */
export class SignInRequirements {
  readonly #app

  constructor(
    app: Needs<
      | 'em'
      | 'secondFactors'
      | 'assignments'
      | 'knownBrowsers'
      | 'pendingSignIns'
      | 'secondFactorPolicy'
      | 'passkeyOffer'
    >,
  ) {
    this.#app = app
  }

  async decide(
    pending: PendingSignIn,
    { level, clientRequires, verifiedEmail, browserTokens }: Given,
  ): Promise<Decision> {
    const { account } = pending
    const factors = await this.#app.secondFactors.of(account)
    const signIn = factors.any && level === '1fa' ? await this.#withTrustedBrowser(pending, browserTokens) : pending
    const { progress } = signIn
    const enrolment = factors.any ? 'none' : await this.#enrolment(account, clientRequires)
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
    return { step, signIn, factors, enrolment }
  }

  /** Counts a trusted browser in place of the second factor, which was used there before. */
  async #withTrustedBrowser(signIn: PendingSignIn, tokens: readonly string[]): Promise<PendingSignIn> {
    const passed = methodNames(signIn.progress.passed)
    if (!allowsTrustedBrowser(passed) || !asksForSecondFactor(passed, '1fa')) return signIn
    return (await this.#app.knownBrowsers.trusted(signIn.account, tokens))
      ? this.#app.pendingSignIns.addMethod(signIn, METHODS.trustedBrowser)
      : signIn
  }

  /** Starts the grace period of a person who is asked for the first time. */
  async #enrolment(account: Account, clientRequires: boolean): Promise<Enrolment> {
    const roles = await this.#app.assignments.rolesOf(account)
    const due = account.secondFactorDue ?? null
    const enrolment = this.#app.secondFactorPolicy.enrolment({ roles, due }, { clientRequires })
    if (enrolment === 'offered' && due === null) {
      account.secondFactorDue = this.#app.secondFactorPolicy.due()
      await this.#app.em.flush()
    }
    return enrolment
  }
}
