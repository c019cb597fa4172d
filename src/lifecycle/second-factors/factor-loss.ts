import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, Forbidden } from '../../base/refusals.ts'
import type { RequestingBrowser } from '../../email/emails.ts'
import type { Opened, Proof } from '../account/ownership-proof.ts'
import { FactorReset } from './factor-reset.ts'

/**
 * Lets a person who has lost all second factors regain access. It requires the first factor, the mailbox and time: after
 * the password they request a reset, confirm it with an emailed link, and wait for some days, during which the link in a
 * second email, or the use of a factor, cancels the reset.
 */
export class FactorLoss {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'secondFactors'
      | 'factorResets'
      | 'links'
      | 'emails'
      | 'ownershipProof'
      | 'audit'
      | 'clock'
      | 'config'
    >,
  ) {
    this.#app = app
  }

  /** Seconds from the confirmation to the removal; null if only operators reset second factors. */
  get delay(): number | null {
    return this.#app.config.factorResetDelay
  }

  /**
   * Emails a link to the account of a person who has passed the first factor. Does nothing if a reset is pending.
   * @throws Forbidden `factor_reset_off`, Conflict if there is no factor, TooManyAttempts
   */
  async report(account: Account, { by, browser }: { by: Actor } & RequestingBrowser): Promise<void> {
    this.#allowed()
    if (!(await this.#app.secondFactors.of(account)).any) throw new Conflict('the account has no second factor')
    if (await this.#app.factorResets.pending(account)) return
    await this.#app.emails.takeLimits(account.email, { by })
    await this.#app.atomically(async () => {
      this.#app.audit.record('factors.reset-requested', { by, subject: account.id })
      await this.#app.emails.send('factor-reset-proof', account, { by, bound: { browser } })
    })
  }

  /** What the link is about, or null if it can no longer be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<(Opened & { due: Date }) | null> {
    const { delay } = this
    const opened = delay === null ? null : await this.#app.ownershipProof.look('reset-factors', token, proof)
    return opened && delay !== null ? { ...opened, due: this.#dueIn(delay) } : null
  }

  /** Schedules the reset by that link. @returns when the factors will be removed @throws Forbidden, WrongCredentials, TooManyAttempts, Busy */
  async confirm(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<{ account: Account; due: Date }> {
    const due = this.#dueIn(this.#allowed())
    const link = await this.#app.ownershipProof.open('reset-factors', token, { by, ...proof })
    const { account } = link
    await this.#app.links.redeem(link, { by }, async owner => {
      await this.#app.em.upsert(FactorReset, { account, askedAt: this.#app.clock.now(), dueAt: due })
      this.#app.audit.record('factors.reset-scheduled', { by: owner, subject: account.id })
      await this.#app.emails.send('factor-reset-scheduled', account, { by, until: due })
    })
    return { account, due }
  }

  #allowed(): number {
    if (this.delay === null) throw new Forbidden('only an operator can reset second factors here', 'factor_reset_off')
    return this.delay
  }

  #dueIn(seconds: number): Date {
    return new Date(this.#app.clock.now().getTime() + seconds * 1000)
  }
}
