import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, Forbidden } from '../../base/refusals.ts'
import type { Asked } from '../../email/emails.ts'
import type { Proof } from '../account/ownership-proof.ts'
import type { Opened } from '../registration/verification.ts'
import { FactorReset } from './factor-reset.ts'

/**
 * For whoever has lost all their second factors, and has nothing but mail left. It takes the first factor, the address,
 * and time: after the password they ask, the link in an email says that they mean it, and then some days go by, in which
 * the link in a second email, or the use of a factor, calls it off.
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
      | 'limits'
      | 'emails'
      | 'ownershipProof'
      | 'audit'
      | 'clock'
      | 'config'
    >,
  ) {
    this.#app = app
  }

  /** Seconds from the email's link to the end of the factors; null where only operators let them go. */
  get delay(): number | null {
    return this.#app.config.factorResetDelay
  }

  /**
   * By whoever has passed the first factor: an email to the account's address. Does nothing where a reset is under way.
   * @throws Forbidden `factor_reset_off`, Conflict where there is no factor, TooManyAttempts
   */
  async report(account: Account, { by, browser }: { by: Actor } & Asked): Promise<void> {
    this.#allowed()
    if (!(await this.#app.secondFactors.of(account)).any) throw new Conflict('there is no second factor to let go')
    if (await this.#app.factorResets.pending(account)) return
    await this.#app.limits.emailByIp.take(network(by.ip))
    await this.#app.limits.emailByAddress.take(account.email)
    await this.#app.atomically(async () => {
      this.#app.audit.record('factors.reset-requested', { by, subject: account.id })
      await this.#app.emails.send('factor-reset-proof', account, { by, bound: { browser } })
    })
  }

  /** What the email's link is about, while it can be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<(Opened & { due: Date }) | null> {
    const link = await this.#app.links.look('reset-factors', token)
    if (!link || this.#app.config.factorResetDelay === null) return null
    return {
      account: link.account,
      proof: await this.#app.ownershipProof.asks(link, link.account, proof),
      due: this.#dueIn(this.#app.config.factorResetDelay),
    }
  }

  /** By that link. @returns when the factors will go @throws Forbidden, WrongCredentials, TooManyAttempts, Busy */
  async confirm(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<{ account: Account; due: Date }> {
    const due = this.#dueIn(this.#allowed())
    const link = await this.#app.links.open('reset-factors', token)
    const { account } = link
    await this.#app.ownershipProof.check(link, account, proof, { by })
    await this.#app.links.redeem(link, { by }, async owner => {
      await this.#app.em.upsert(FactorReset, { account, askedAt: this.#app.clock.now(), dueAt: due })
      this.#app.audit.record('factors.reset-scheduled', { by: owner, subject: account.id })
      await this.#app.emails.send('factor-reset-scheduled', account, { by, until: due })
    })
    return { account, due }
  }

  #allowed(): number {
    if (this.#app.config.factorResetDelay === null)
      throw new Forbidden('only an operator lets second factors go here', 'factor_reset_off')
    return this.#app.config.factorResetDelay
  }

  #dueIn(seconds: number): Date {
    return new Date(this.#app.clock.now().getTime() + seconds * 1000)
  }
}
