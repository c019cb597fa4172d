import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { Conflict, Forbidden } from '../base/refusals.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import { type Limits, network } from '../limits/limits.ts'
import { FactorReset } from './factor-reset.ts'
import type { FactorResets } from './factor-resets.ts'
import type { Asked, Notices } from './notices.ts'
import type { Proof, SamePerson } from './same-person.ts'
import type { Opened } from './verification.ts'

/**
 * For whoever has lost all their second factors, and has nothing but mail left. It takes the first factor, the address,
 * and time: after the password they ask, the link in a letter says that they mean it, and then some days go by, in which
 * the link in a second letter, or the use of a factor, calls it off.
 */
export class FactorLoss {
  readonly #em: SqlEntityManager
  readonly #factors: Factors
  readonly #resets: FactorResets
  readonly #links: OneTimeLinks
  readonly #limits: Limits
  readonly #notices: Notices
  readonly #samePerson: SamePerson
  readonly #trail: Trail
  readonly #clock: Clock
  readonly #delay: number | null

  constructor({
    em,
    factors,
    factorResets,
    links,
    limits,
    notices,
    samePerson,
    trail,
    clock,
    delay,
  }: {
    em: SqlEntityManager
    factors: Factors
    factorResets: FactorResets
    links: OneTimeLinks
    limits: Limits
    notices: Notices
    samePerson: SamePerson
    trail: Trail
    clock: Clock
    /** Seconds; null: only operators let factors go. */
    delay: number | null
  }) {
    this.#em = em
    this.#factors = factors
    this.#resets = factorResets
    this.#links = links
    this.#limits = limits
    this.#notices = notices
    this.#samePerson = samePerson
    this.#trail = trail
    this.#clock = clock
    this.#delay = delay
  }

  /** Seconds from the letter's link to the end of the factors; null where only operators let them go. */
  get delay(): number | null {
    return this.#delay
  }

  /**
   * By whoever has passed the first factor: a letter to the account's address. Does nothing where a reset is under way.
   * @throws Forbidden `factor_reset_off`, Conflict where there is no factor, TooManyAttempts
   */
  async report(account: Account, { by, browser }: { by: Actor } & Asked): Promise<void> {
    this.#allowed()
    if (!(await this.#factors.of(account)).any) throw new Conflict('there is no second factor to let go')
    if (await this.#resets.pending(account)) return
    await this.#limits.mailByIp.take(network(by.ip))
    await this.#limits.mailByAddress.take(account.email)
    await this.#em.transactional(async () => {
      this.#trail.record('factors.reset-requested', { by, subject: account.id })
      await this.#notices.confirmFactorReset(account, { by, browser })
    })
  }

  /** What the letter's link is about, while it can be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<(Opened & { due: Date }) | null> {
    const link = await this.#links.look('reset-factors', token)
    if (!link?.account || this.#delay === null) return null
    return {
      account: link.account,
      proof: await this.#samePerson.asks(link, link.account, proof),
      due: this.#dueIn(this.#delay),
    }
  }

  /** By that link. @returns when the factors will go @throws Forbidden, WrongCredentials, TooManyAttempts, Busy */
  async confirm(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<{ account: Account; due: Date }> {
    const due = this.#dueIn(this.#allowed())
    const link = await this.#links.look('reset-factors', token)
    if (!link?.account) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    const { account } = link
    await this.#samePerson.check(link, account, proof, { by })
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('reset-factors', token)
      await this.#em.upsert(FactorReset, { account, askedAt: this.#clock.now(), dueAt: due })
      this.#trail.record('factors.reset-scheduled', { by: actor, subject: account.id })
      await this.#notices.factorResetScheduled(account, due, { by })
    })
    return { account, due }
  }

  #allowed(): number {
    if (this.#delay === null) throw new Forbidden('only an operator lets second factors go here', 'factor_reset_off')
    return this.#delay
  }

  #dueIn(seconds: number): Date {
    return new Date(this.#clock.now().getTime() + seconds * 1000)
  }
}
