import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/**
 * «This was not me»: takes the account out of everybody's hands. All sessions and tokens end, the password and what
 * applications were allowed are forgotten, second factors and connections that came within a week go, no browser is
 * trusted, and an email with a link to a new password goes to the account's address. Older ones stay: whoever reads the mail gets no further
 * than to a new password.
 */
export class Compromise {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
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

  /** Whose account it is about, while the link can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#app.links.look('report-compromise', token))?.account ?? null
  }

  /** @throws Forbidden where the link was used, or the address has changed since */
  async report(token: string, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('report-compromise', token)
    const { account } = link
    const owner = await this.#app.links.redeem(link, { by }, async owner => {
      this.#app.audit.record('account.compromise-reported', { by: owner, subject: account.id })
      await this.lock(account, { by: owner })
    })
    await this.#app.signOut.of(account, { by: owner })
    return account
  }

  /** Within a transaction, before everything is signed out: only the email leads in again. */
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
