import { LockMode } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'
import { type Actor, system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** Deletes an account after a grace period, during which signing in again or a link in an email cancels the deletion. */
export class Deletion {
  readonly #app

  constructor(
    app: Needs<
      'atomically' | 'em' | 'assignments' | 'links' | 'erasure' | 'emails' | 'signOut' | 'audit' | 'clock' | 'config'
    >,
  ) {
    this.#app = app
  }

  /**
   * Schedules the deletion and ends every session except the one with the `uid` `exceptSession`, if given.
   * @returns when the account will be erased @throws Forbidden for the last superuser, SignedOut
   */
  async schedule(account: Account, { by, exceptSession }: { by: Actor; exceptSession?: string }): Promise<Date> {
    const due = new Date(this.#app.clock.now().getTime() + this.#app.config.deletionGrace * 1000)
    const earlier = await this.#app.atomically.on(account, { by }, async () => {
      if (account.deletionDue) return account.deletionDue
      await this.#app.assignments.keepSuperuser(account)
      account.deletionDue = due
      this.#app.audit.record('deletion.scheduled', { by, subject: account.id })
      await this.#app.emails.send('deletion-scheduled', account, { until: due })
      if (!exceptSession) this.#app.signOut.begin(account)
      return null
    })
    if (earlier) return earlier
    await this.#app.signOut.of(account, { by, exceptSession })
    return due
  }

  /** Does nothing if no deletion is scheduled. */
  async cancel(account: Account, { by }: { by: Actor }): Promise<void> {
    if (!account.deletionDue) return
    await this.#app.atomically.on(account, { by }, async () => {
      if (!account.deletionDue) return
      account.deletionDue = null
      await this.#app.links.end(account, 'deletion-cancelled')
      this.#app.audit.record('deletion.cancelled', { by, subject: account.id })
      await this.#app.emails.send('deletion-cancelled', account, { by })
    })
  }

  /** Cancels the deletion with the link from the email. @throws Forbidden */
  cancelByLink(token: string, { by }: { by: Actor }): Promise<Account> {
    return this.#app.links.redeemToken('cancel-deletion', token, { by }, (account, owner) =>
      this.cancel(account, { by: owner }),
    )
  }

  /** Erases the accounts that are due; several processes can share the work. @returns how many it erased */
  async due(): Promise<number> {
    let erased = 0
    while (await this.#eraseOne()) erased++
    return erased
  }

  #eraseOne(): Promise<boolean> {
    return this.#app.atomically(async () => {
      const account = await this.#app.em.findOne(
        Account,
        { deletionDue: { $lte: this.#app.clock.now() } },
        { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, orderBy: { deletionDue: 'asc' } },
      )
      if (account) await this.#app.erasure.of(account, { by: system })
      return account !== null
    })
  }
}
