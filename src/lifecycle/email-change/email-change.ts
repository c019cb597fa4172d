import type { Account } from '../../accounts/account.ts'
import { normalizeEmail } from '../../accounts/email.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { RequestingBrowser } from '../../email/emails.ts'
import type { Opened, Proof } from '../account/ownership-proof.ts'

/**
 * Changes the email address of an account once the new address is verified. The old address gets a link that undoes the
 * change (email-change-undo.ts). Only the owner of the new address learns whether it has an account already.
 */
export class EmailChange {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'audit' | 'emails' | 'ownershipProof' | 'emailMove'>) {
    this.#app = app
  }

  /** Emails a link to the new address. @throws InvalidInput `email: 'invalid' | 'unchanged'`, TooManyAttempts, SignedOut */
  async request(
    account: Account,
    email: string,
    { by, locale = account.language, ...asked }: { by: Actor; locale?: Account['language'] } & RequestingBrowser,
  ): Promise<void> {
    const address = normalizeEmail(email)
    if (address === account.email)
      throw new InvalidInput({ email: 'unchanged' }, 'email: the account already has this address')
    await this.#app.emails.takeLimits(address, { by })
    await this.#app.atomically.on(account, { by }, async () => {
      const { taken } = await this.#app.emailMove.holder(address, account)
      this.#app.audit.record('email.change-requested', { by, subject: account.id })
      // Older links end in both cases. The new link for a taken address is never sent.
      const token = await this.#app.emails.link('change-email', account, { to: address, ...asked })
      if (taken) await this.#app.emails.send('email-taken', null, { to: address, locale })
      else await this.#app.emails.send('change-email', account, { to: address, token, locale })
    })
  }

  /** What the link is about, or null if it can no longer be spent. Changes nothing. */
  look(token: string, proof: Proof = {}): Promise<Opened | null> {
    return this.#app.ownershipProof.look('change-email', token, proof)
  }

  /** @throws Forbidden, WrongCredentials, TooManyAttempts, Busy; Conflict if another account has the address by now */
  async complete(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<Account> {
    const link = await this.#app.ownershipProof.open('change-email', token, { by, ...proof })
    const { account, address } = link
    await this.#app.emailMove.redeem(link, { by }, async owner => {
      const { email: old, emailVerified: verified } = account
      await this.#app.emailMove.to(address, account)
      this.#app.audit.record('email.changed', { by: owner, subject: account.id })
      // An old address that was never verified may not be the owner's, so it gets no link.
      if (verified) await this.#app.emails.send('email-changed', account, { by: owner, to: old, address })
      await this.#app.em.flush()
    })
    return account
  }
}
