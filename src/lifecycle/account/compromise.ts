import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/**
 * "This wasn't me": locks an account that may be compromised. All sessions and tokens end, the password and consents are
 * removed, as are second factors and linked identities added within the last week, no browser is trusted, and an email
 * with a link to a new password is sent. Older factors stay, so access to the mailbox alone leads to a new password only.
 */
export class Compromise {
  readonly #app

  constructor(
    app: Needs<
      | 'passwords'
      | 'links'
      | 'secondFactors'
      | 'factorResets'
      | 'consents'
      | 'identityLinks'
      | 'emails'
      | 'signOut'
      | 'audit'
    >,
  ) {
    this.#app = app
  }

  /** @throws Forbidden if the link was used, or the email has changed since */
  async report(token: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.#app.links.redeemToken('report-compromise', token, { by }, async (account, owner) => {
      this.#app.audit.record('account.compromise-reported', { by: owner, subject: account.id })
      await this.lock(account, { by: owner })
    })
    await this.#app.signOut.of(account, { by: { ...by, kind: 'account', id: account.id } })
    return account
  }

  /** Requires a transaction; the caller then signs out everywhere. Only the emailed link gives access again. */
  async lock(account: Account, { by }: { by: Actor }): Promise<void> {
    account.deletionDue = null
    this.#app.signOut.begin(account)
    await this.#app.passwords.remove(account, { by })
    await this.#app.secondFactors.removeRecent(account, { by })
    await this.#app.identityLinks.removeRecent(account, { by })
    await this.#app.factorResets.cancel(account, { by })
    await this.#app.consents.removeAll(account)
    await this.#app.links.end(account, 'compromised')
    await this.#app.emails.send('reset-password', account)
  }
}
