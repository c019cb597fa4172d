import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/**
 * A person who signs in by email owns the address, which verifies it. Before that, anyone could have registered the
 * account and waited for the owner of the address. So everything that would give the registrant access is removed.
 */
export class EmailOwnership {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'clock'
      | 'passwords'
      | 'secondFactors'
      | 'emails'
      | 'links'
      | 'identityLinks'
      | 'consents'
      | 'backchannelLogout'
      | 'artifacts'
      | 'audit'
    >,
  ) {
    this.#app = app
  }

  /**
   * Verifies the address. Does nothing if it was verified before, or if the account has a second factor: an email alone
   * neither removes that factor nor shows that the person who added it owns the address.
   */
  async confirm(account: Account, { by }: { by: Actor }): Promise<void> {
    if (!(await this.#unproven(account))) return
    const notifications = await this.#app.backchannelLogout.ofAccount(account.id)
    const confirmed = await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#unproven(account))) return false
      if (await this.#app.passwords.has(account)) {
        await this.#app.passwords.forget(account, { by })
        await this.#app.emails.send('factor-changed', account, { by, change: 'password-forgotten' })
      }
      await this.#app.identityLinks.removeAll(account, { by })
      await this.#app.consents.removeAll(account)
      await this.#app.links.end(account, 'signed-in-by-email')
      account.signOutEverywhere(this.#app.clock.now())
      account.markEmailVerified()
      this.#app.audit.record('email.verified', { by, subject: account.id })
      await this.#app.backchannelLogout.send(notifications)
      return true
    })
    if (confirmed) await this.#app.artifacts.dropAccount(account.id)
  }

  async #unproven(account: Account): Promise<boolean> {
    return !account.emailVerified && !(await this.#app.secondFactors.of(account)).any
  }
}
