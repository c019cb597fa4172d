import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/**
 * Whoever signs in by email has the address, and so proves it. Until then anybody could have made the account, and
 * waited for its owner to come: of what they set up nothing may stay that would let them in beside the owner.
 */
export class EmailOwnership {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'clock'
      | 'passwords'
      | 'factors'
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
   * Does nothing where it was proven before, or where there is a second factor: the email alone neither takes that away
   * nor vouches for whoever added it.
   */
  async give(account: Account, { by }: { by: Actor }): Promise<void> {
    if (!(await this.#lacking(account))) return
    const notifications = await this.#app.backchannelLogout.ofAccount(account.id)
    const given = await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#lacking(account))) return false
      if (await this.#app.passwords.has(account)) {
        await this.#app.passwords.forget(account, { by })
        await this.#app.emails.send('factor-changed', account, { by, change: 'password-forgotten' })
      }
      await this.#app.identityLinks.clear(account, { by })
      await this.#app.consents.forget(account)
      await this.#app.links.end(account, 'ownership-proven')
      account.signOutEverywhere(this.#app.clock.now())
      account.proveAddress()
      this.#app.audit.record('email.verified', { by, subject: account.id })
      await this.#app.backchannelLogout.send(notifications)
      return true
    })
    if (given) await this.#app.artifacts.dropAccount(account.id)
  }

  async #lacking(account: Account): Promise<boolean> {
    return !account.emailVerified && !(await this.#app.factors.of(account)).any
  }
}
