import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'

/** A new password for somebody who lost theirs, by a one-time link. Ends all their sessions and tokens. */
export class PasswordReset {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'accounts'
      | 'loginNames'
      | 'passwords'
      | 'links'
      | 'identityLinks'
      | 'secondFactors'
      | 'limits'
      | 'consents'
      | 'emails'
      | 'signOut'
      | 'audit'
    >,
  ) {
    this.#app = app
  }

  /**
   * An email with a link to whoever has an account, and to nobody else; the answer, the work and the time are alike.
   * @throws TooManyAttempts
   */
  async request(email: string, { by, locale }: { by: Actor; locale?: Account['language'] | undefined }): Promise<void> {
    const name = this.#app.loginNames.normalize(email)
    await this.#app.limits.emailByIp.take(network(by.ip))
    // A username is counted by itself: that an address has no emails left must not tell whose username it is.
    if (name) await this.#app.limits.emailByAddress.take(name)
    await this.#app.atomically(async () => {
      const account = await this.#app.loginNames.find(email)
      this.#app.audit.record('password-reset.requested', { by, subject: account?.id ?? null })
      const write = () => this.#app.emails.send('reset-password', account, { locale })
      await (account ? this.#app.atomically(write) : this.#app.atomically.decoy(write))
    })
  }

  /** @returns the account and the token of its newest link; older ones are dead. @throws NotFound */
  async link(idOrEmail: string, { by }: { by: Actor }): Promise<{ account: Account; token: string }> {
    const account = await this.#app.accounts.find(idOrEmail)
    this.#app.audit.record('password-reset.link-created', { by, subject: account.id })
    return { account, token: await this.#app.links.issue('reset-password', { account }) }
  }

  /** Whose link it is, while it can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#app.links.look('reset-password', token))?.account ?? null
  }

  /** A mistake in the form leaves the link as it was. @throws InvalidInput, Forbidden, Busy */
  async complete(token: string, password: string, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('reset-password', token)
    const { account, provesAddress } = link
    const digest = await this.#app.passwords.hash(password, account.email)
    const owner = await this.#app.links.redeem(link, { by }, async owner => {
      await this.#app.passwords.set(account, digest, { by: owner })
      if (provesAddress) await this.#proven(account, { by: owner })
      await this.#app.emails.send('password-changed', account, { by: owner })
      this.#app.signOut.begin(account)
    })
    await this.#app.signOut.of(account, { by: owner })
    return account
  }

  /**
   * Until now anybody could have made this account: of what they allowed applications, and of whom they connected it
   * with, nothing stays. But the address is not proven of an account that has a second factor: it may be a passkey of
   * whoever waits for the owner of the address.
   */
  async #proven(account: Account, { by }: { by: Actor }): Promise<void> {
    if (account.emailVerified) return
    await this.#app.passwords.forgetFormer(account)
    await this.#app.identityLinks.removeAll(account, { by })
    await this.#app.consents.removeAll(account)
    if (!(await this.#app.secondFactors.of(account)).any) account.markEmailVerified()
  }
}
