import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** Suspends and reinstates accounts. Suspending ends all sessions and tokens at once and sends back-channel logout. */
export class Suspension {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'accounts' | 'assignments' | 'artifacts' | 'backchannelLogout' | 'audit' | 'clock'>,
  ) {
    this.#app = app
  }

  /** @throws NotFound, Forbidden for the last superuser */
  async suspend(idOrEmail: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.#app.accounts.find(idOrEmail)
    const notifications = await this.#app.backchannelLogout.ofAccount(account.id)
    await this.#app.atomically.on(account, { by }, async () => {
      await this.#app.assignments.keepSuperuser(account)
      account.suspend(this.#app.clock.now())
      this.#app.audit.record('account.suspended', { by, subject: account.id })
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(account.id)
    return account
  }

  /** @throws NotFound */
  async reinstate(idOrEmail: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.#app.accounts.find(idOrEmail)
    await this.#app.atomically.on(account, { by }, async () => {
      account.reinstate()
      this.#app.audit.record('account.reinstated', { by, subject: account.id })
    })
    return account
  }
}
