import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** Sets a new password with a one-time link and ends all sessions and tokens of the account. */
export class PasswordReset {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'accounts'
      | 'passwords'
      | 'links'
      | 'identityLinks'
      | 'secondFactors'
      | 'consents'
      | 'emails'
      | 'signOut'
      | 'audit'
    >,
  ) {
    this.#app = app
  }

  /** Emails a link if the account exists. Answer, work and time are the same if it doesn't. @throws TooManyAttempts */
  async request(email: string, { by, locale }: { by: Actor; locale?: Account['language'] | undefined }): Promise<void> {
    await this.#app.emails.takeLimits(this.#app.accounts.loginKey(email), { by })
    await this.#app.atomically(async () => {
      const account = await this.#app.accounts.findToSignIn(email)
      this.#app.audit.record('password-reset.requested', { by, subject: account?.id ?? null })
      const write = () => this.#app.emails.send('reset-password', account, { locale })
      await (account ? this.#app.atomically(write) : this.#app.atomically.decoy(write))
    })
  }

  /** For an operator. The token replaces older links. @throws NotFound */
  async link(idOrEmail: string, { by }: { by: Actor }): Promise<{ account: Account; token: string }> {
    const account = await this.#app.accounts.find(idOrEmail)
    this.#app.audit.record('password-reset.link-created', { by, subject: account.id })
    return { account, token: await this.#app.links.issue('reset-password', { account }) }
  }

  /** An invalid password does not use up the link. @throws InvalidInput, Forbidden, Busy */
  async complete(token: string, password: string, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('reset-password', token)
    const { account, provesAddress } = link
    const digest = await this.#app.passwords.hash(password, account.email)
    const owner = await this.#app.links.redeem(link, { by }, async owner => {
      await this.#app.passwords.set(account, digest, { by: owner })
      if (provesAddress) await this.#emailProven(account, { by: owner })
      await this.#app.emails.send('password-changed', account, { by: owner })
      this.#app.signOut.begin(account)
    })
    await this.#app.signOut.of(account, { by: owner })
    return account
  }

  /**
   * Anyone could have registered an account whose email was not verified, so its consents and linked identities are removed.
   * With a second factor the email stays unverified, because the factor may be that of the person who registered it.
   */
  async #emailProven(account: Account, { by }: { by: Actor }): Promise<void> {
    if (account.emailVerified) return
    await this.#app.passwords.forgetFormer(account)
    await this.#app.identityLinks.removeAll(account, { by })
    await this.#app.consents.removeAll(account)
    if (!(await this.#app.secondFactors.of(account)).any) account.markEmailVerified()
  }
}
