import { Account } from '../../accounts/account.ts'
import { type Actor, system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import { FactorReset } from './factor-reset.ts'

/**
 * Removes all second factors of a person who has lost them: at once by an operator, or when a scheduled reset is due and was
 * not cancelled. Using any of the factors cancels it.
 */
export class FactorResets {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'secondFactors' | 'links' | 'emails' | 'audit' | 'clock'>) {
    this.#app = app
  }

  /** When the second factors will be removed; null if no reset is pending. */
  async pending(account: Account): Promise<Date | null> {
    const reset = await this.#app.em.findOne(FactorReset, { account }, { disableIdentityMap: true })
    return reset && !(await this.#app.secondFactors.usedSince(account, reset.askedAt)) ? reset.dueAt : null
  }

  /** Does nothing if no reset is pending. */
  async cancel(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      await this.#app.links.end(account, 'factor-reset-over')
      if ((await this.#app.em.nativeDelete(FactorReset, { account })) === 0) return
      this.#app.audit.record('factors.reset-cancelled', { by, subject: account.id })
    })
  }

  /** Cancels the reset with the link from the email. @throws Forbidden */
  cancelByLink(token: string, { by }: { by: Actor }): Promise<Account> {
    return this.#app.links.redeemToken('cancel-factor-reset', token, { by }, (account, owner) =>
      this.cancel(account, { by: owner }),
    )
  }

  /** Removes the factors at once, by an operator. @throws Conflict if there is none */
  async now(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#app.secondFactors.of(account)).any) throw new Conflict(`${account.email} has no second factor`)
      await this.#app.em.nativeDelete(FactorReset, { account })
      await this.#remove(account, 'reset-by-operator', { by })
    })
  }

  /** Settles a due reset at a sign-in, before factors are read, so that the person needn't wait for the next sweep. */
  async settle(account: Account): Promise<void> {
    await this.#settleOne(OF_ONE, [account.id])
  }

  /** Settles all resets that are due; several processes can share the work. @returns how many */
  async due(): Promise<number> {
    let settled = 0
    while (await this.#settleOne(OF_ANY, [])) settled++
    return settled
  }

  /** @param locking locks the account of a reset that is due, before anything else is */
  #settleOne(locking: string, which: readonly string[]): Promise<boolean> {
    return this.#app.atomically(async () => {
      const now = this.#app.clock.now()
      const [locked] = await this.#app.em.execute<{ id: string }[]>(locking, [now, ...which])
      if (!locked) return false
      const account = await this.#app.em.findOneOrFail(Account, { id: locked.id })
      return this.#app.atomically.on(account, { by: system }, async () => {
        // It may have been cancelled while this waited for the lock.
        const due = { account, dueAt: { $lte: now } }
        const reset = await this.#app.em.findOne(FactorReset, due, { disableIdentityMap: true })
        if (!reset) return false
        const used = await this.#app.secondFactors.usedSince(account, reset.askedAt)
        if (used) this.#app.audit.record('factors.reset-cancelled', { by: system, subject: account.id })
        else await this.#remove(account, 'reset', { by: system })
        await this.#app.em.nativeDelete(FactorReset, { account })
        return true
      })
    })
  }

  async #remove(account: Account, change: 'reset' | 'reset-by-operator', { by }: { by: Actor }): Promise<void> {
    await this.#app.secondFactors.reset(account, { by })
    await this.#app.links.end(account, 'factor-reset-over')
    await this.#app.emails.send('factor-changed', account, { by, change })
  }
}

const DUE = 'select account.id from factor_reset join account on account.id = account_id where due_at <= ?'
const OF_ONE = `${DUE} and account_id = ? for no key update of account`
/** Skips accounts that another process has locked. */
const OF_ANY = `${DUE} order by due_at limit 1 for no key update of account skip locked`
