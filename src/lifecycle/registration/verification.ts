import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { orNull, TooManyAttempts } from '../../base/refusals.ts'
import type { RequestingBrowser } from '../../email/emails.ts'
import type { Opened, Proof } from '../account/ownership-proof.ts'

/** Verifies the email address of an account with a link that is emailed there. */
export class Verification {
  readonly #app

  constructor(app: Needs<'atomically' | 'links' | 'audit' | 'emails' | 'ownershipProof' | 'erasure' | 'config'>) {
    this.#app = app
  }

  /** Whether people must verify their address before they can sign in. */
  get required(): boolean {
    return this.#app.config.emailVerification === 'required'
  }

  /** Whether this person must verify their address before they can sign in. */
  owedBy({ emailVerified }: Pick<Account, 'emailVerified'>): boolean {
    return this.required && !emailVerified
  }

  /** Emails a new link, which replaces earlier ones. Does nothing if the address is verified. @throws TooManyAttempts */
  async send(
    account: Account,
    { by, locale, browser }: { by: Actor; locale?: Account['language'] } & RequestingBrowser,
  ): Promise<void> {
    if (account.emailVerified) return
    await this.#app.emails.takeLimits(account.email, { by })
    await this.#app.atomically(async () => {
      this.#app.audit.record('email.verification-requested', { by, subject: account.id })
      await this.#app.emails.send('verify-email', account, { locale, bound: { browser } })
    })
  }

  /** Emails a link if verification is optional. The sign-in continues even if too many emails were sent. */
  async offer(...email: Parameters<Verification['send']>): Promise<void> {
    await orNull(TooManyAttempts, this.send(...email))
  }

  /** What the link is about, or null if it can no longer be spent. Changes nothing. */
  look(token: string, proof: Proof = {}): Promise<Opened | null> {
    return this.#app.ownershipProof.look('verify-email', token, proof)
  }

  /** @throws Forbidden, WrongCredentials, TooManyAttempts, Busy */
  async complete(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<Account> {
    const link = await this.#app.ownershipProof.open('verify-email', token, { by, ...proof })
    await this.#app.links.redeem(link, { by }, owner => this.#verify(link.account, { by: owner }))
    return link.account
  }

  /** For an operator who knows that the address belongs to the person. @returns false if it was verified already */
  async markVerified(account: Account, { by }: { by: Actor }): Promise<boolean> {
    return this.#app.atomically.on(account, { by }, async () => {
      if (account.emailVerified) return false
      await this.#app.links.end(account, 'email-marked-verified')
      await this.#verify(account, { by })
      return true
    })
  }

  /** "This wasn't me": erases a registration whose address was not verified yet. @throws Forbidden */
  async cancelRegistration(token: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.links.redeemToken('verify-email', token, { by, erase: true }, async account => {
      if (account.pendingSince) await this.#app.erasure.of(account, { by })
    })
  }

  async #verify(account: Account, { by }: { by: Actor }): Promise<void> {
    account.markEmailVerified()
    this.#app.audit.record('email.verified', { by, subject: account.id })
    await this.#app.emails.send('welcome', account)
  }
}
