import { Account } from '../../accounts/account.ts'
import { type Actor, system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import { FactorReset } from './factor-reset.ts'

/**
 * Letting second factors go: at once by an operator, or when the time of a scheduled reset has come and nobody has called
 * it off. To use any of them is to call it off.
 */
export class FactorResets {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'secondFactors' | 'links' | 'emails' | 'audit' | 'clock'>) {
    this.#app = app
  }

  /** When the account's factors will go, if they will. */
  async pending(account: Account): Promise<Date | null> {
    const reset = await this.#app.em.findOne(FactorReset, { account }, { disableIdentityMap: true })
    return reset && !(await this.#app.secondFactors.usedSince(account, reset.askedAt)) ? reset.dueAt : null
  }

  /** Does nothing where none is under way. */
  async cancel(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      await this.#app.links.end(account, 'factor-reset-over')
      if ((await this.#app.em.nativeDelete(FactorReset, { account })) === 0) return
      this.#app.audit.record('factors.reset-cancelled', { by, subject: account.id })
    })
  }

  /** Whose reset the link calls off, while it can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#app.links.look('cancel-factor-reset', token))?.account ?? null
  }

  /** By the link in the email. @throws Forbidden */
  async cancelByLink(token: string, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('cancel-factor-reset', token)
    await this.#app.links.redeem(link, { by }, owner => this.cancel(link.account, { by: owner }))
    return link.account
  }

  /** By an operator. @throws Conflict where there is no factor */
  async now(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#app.secondFactors.of(account)).any) throw new Conflict(`${account.email} has no second factor`)
      await this.#app.em.nativeDelete(FactorReset, { account })
      await this.#letGo(account, 'reset-by-operator', { by })
    })
  }

  /** At a sign-in, before factors are looked at: nobody whose time has come waits for the next sweep. */
  async settle(account: Account): Promise<void> {
    await this.#one(OF_ONE, [account.id])
  }

  /** All whose time has come; several processes share the work. @returns how many */
  async due(): Promise<number> {
    let settled = 0
    while (await this.#one(OF_ANY, [])) settled++
    return settled
  }

  /** @param locking locks the account of a reset that is due, before anything else is */
  #one(locking: string, which: readonly string[]): Promise<boolean> {
    return this.#app.atomically(async () => {
      const now = this.#app.clock.now()
      const [locked] = await this.#app.em.execute<{ id: string }[]>(locking, [now, ...which])
      if (!locked) return false
      const account = await this.#app.em.findOneOrFail(Account, { id: locked.id })
      // It may have been called off while this waited.
      const due = { account, dueAt: { $lte: now } }
      const reset = await this.#app.em.findOne(FactorReset, due, { disableIdentityMap: true })
      if (!reset) return false
      const used = await this.#app.secondFactors.usedSince(account, reset.askedAt)
      if (used) this.#app.audit.record('factors.reset-cancelled', { by: system, subject: account.id })
      else await this.#letGo(account, 'reset', { by: system })
      await this.#app.em.nativeDelete(FactorReset, { account })
      return true
    })
  }

  async #letGo(account: Account, change: 'reset' | 'reset-by-operator', { by }: { by: Actor }): Promise<void> {
    await this.#app.secondFactors.reset(account, { by })
    await this.#app.links.end(account, 'factor-reset-over')
    await this.#app.emails.send('factor-changed', account, { by, change })
  }
}

const DUE = 'select account.id from factor_reset join account on account.id = account_id where due_at <= ?'
const OF_ONE = `${DUE} and account_id = ? for no key update of account`
/** Those that another process is at are passed over. */
const OF_ANY = `${DUE} order by due_at limit 1 for no key update of account skip locked`
