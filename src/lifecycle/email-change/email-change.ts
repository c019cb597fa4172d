import type { Account } from '../../accounts/account.ts'
import { normalizeEmail } from '../../accounts/email.ts'
import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Asked } from '../../email/emails.ts'
import type { Proof } from '../account/ownership-proof.ts'
import type { Opened } from '../registration/verification.ts'

/**
 * Moving an account to another address: it changes when the new one is proven, and the old one is told, with a way
 * back (email-change-undo.ts). Whether the new address has an account already, nobody but its owner is told.
 */
export class EmailChange {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'em' | 'links' | 'limits' | 'audit' | 'emails' | 'ownershipProof' | 'emailMove'>,
  ) {
    this.#app = app
  }

  /** An email to the new address. @throws InvalidInput `email: 'invalid' | 'unchanged'`, TooManyAttempts, SignedOut */
  async request(
    account: Account,
    email: string,
    { by, locale = account.language, ...asked }: { by: Actor; locale?: Account['language'] } & Asked,
  ): Promise<void> {
    const address = normalizeEmail(email)
    if (address === account.email) throw new InvalidInput({ email: 'unchanged' }, 'email: it is the address already')
    await this.#app.limits.emailByIp.take(network(by.ip))
    await this.#app.limits.emailByAddress.take(address)
    await this.#app.atomically.on(account, { by }, async () => {
      const { taken } = await this.#app.emailMove.holder(address, account)
      this.#app.audit.record('email.change-requested', { by, subject: account.id })
      // Older links die in both cases; of a taken address the new link is sent to nobody.
      const token = await this.#app.emails.link('change-email', account, { to: address, ...asked })
      if (taken) await this.#app.emails.send('email-taken', null, { to: address, locale })
      else await this.#app.emails.send('change-email', account, { to: address, token, locale })
    })
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<(Opened & { address: string }) | null> {
    const link = await this.#app.links.look('change-email', token)
    if (!link) return null
    const { account, address } = link
    return { account, address, proof: await this.#app.ownershipProof.asks(link, account, proof) }
  }

  /** @throws Forbidden, WrongCredentials, TooManyAttempts, Busy; Conflict where somebody else has the address by now */
  async complete(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<Account> {
    const link = await this.#app.links.open('change-email', token)
    const { account, address } = link
    await this.#app.ownershipProof.check(link, account, proof, { by })
    await this.#app.emailMove.redeem(link, { by }, async owner => {
      const { email: old, emailVerified: proven } = account
      await this.#app.emailMove.to(address, account)
      this.#app.audit.record('email.changed', { by: owner, subject: account.id })
      // An address that nobody had proven is nobody's to go back to.
      if (proven) await this.#app.emails.send('email-changed', account, { by: owner, to: old, address })
      await this.#app.em.flush()
    })
    return account
  }
}
