import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { TooManyAttempts } from '../../base/refusals.ts'
import type { Asked } from '../../email/emails.ts'
import type { Proof, ProofAsked } from '../account/ownership-proof.ts'

/** A link that was opened, and what it still takes. */
export interface Opened {
  account: Account
  /** What it takes to show that it is the same person. */
  proof: ProofAsked
}

/** Proving that an address is one's own, by email to it. */
export class Verification {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'links' | 'limits' | 'audit' | 'emails' | 'ownershipProof' | 'erasure' | 'config'>,
  ) {
    this.#app = app
  }

  /** Whether nobody signs in before they have proven their address. */
  get required(): boolean {
    return this.#app.config.emailVerification === 'required'
  }

  /** Whether this person has to prove their address before they can sign in. */
  owedBy(account: Pick<Account, 'emailVerified'>): boolean {
    return this.#app.config.emailVerification === 'required' && !account.emailVerified
  }

  /** The newest email counts. Does nothing where the address is proven. @throws TooManyAttempts */
  async send(
    account: Account,
    { by, locale, browser }: { by: Actor; locale?: Account['language'] } & Asked,
  ): Promise<void> {
    if (account.emailVerified) return
    await this.#app.limits.emailByAddress.take(account.email)
    await this.#app.limits.emailByIp.take(network(by.ip))
    await this.#app.atomically(async () => {
      this.#app.audit.record('email.verification-requested', { by, subject: account.id })
      await this.#app.emails.send('verify-email', account, { locale, bound: { browser } })
    })
  }

  /** With an account that was made just now, and whose address need not be proven: one email too many costs no sign-in. */
  async offer(...email: Parameters<Verification['send']>): Promise<void> {
    try {
      await this.send(...email)
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
    }
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<Opened | null> {
    const link = await this.#app.links.look('verify-email', token)
    if (!link) return null
    return { account: link.account, proof: await this.#app.ownershipProof.asks(link, link.account, proof) }
  }

  /** @throws Forbidden, WrongCredentials, TooManyAttempts, Busy */
  async complete(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<Account> {
    const link = await this.#app.links.open('verify-email', token)
    const { account } = link
    await this.#app.ownershipProof.check(link, account, proof, { by })
    await this.#app.links.redeem(link, { by }, async owner => {
      account.markEmailVerified()
      this.#app.audit.record('email.verified', { by: owner, subject: account.id })
      await this.#app.emails.send('welcome', account)
    })
    return account
  }

  /** An operator knows that the address is theirs. @returns false where it was proven already */
  async markVerified(account: Account, { by }: { by: Actor }): Promise<boolean> {
    return this.#app.atomically.on(account, { by }, async () => {
      if (account.emailVerified) return false
      account.markEmailVerified()
      await this.#app.links.end(account, 'email-marked-verified')
      this.#app.audit.record('email.verified', { by, subject: account.id })
      await this.#app.emails.send('welcome', account)
      return true
    })
  }

  /** «That was not me»: a registration that waits for its address is forgotten. @throws Forbidden */
  async cancelRegistration(token: string, { by }: { by: Actor }): Promise<void> {
    const link = await this.#app.links.open('verify-email', token)
    const { account } = link
    await this.#app.links.redeem(link, { by, erase: true }, async () => {
      if (account.pendingSince) await this.#app.erasure.of(account, { by })
    })
  }
}
