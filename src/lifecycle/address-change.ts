import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { normalizeEmail } from '../accounts/email.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Conflict, Forbidden, InvalidInput } from '../base/refusals.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import { type Limits, network } from '../limits/limits.ts'
import type { Erasure } from './erasure.ts'
import type { Asked, Notices } from './notices.ts'
import type { Panic } from './panic.ts'
import type { Proof, SamePerson } from './same-person.ts'
import type { SignOutEverywhere } from './sign-out.ts'
import type { Opened } from './verification.ts'

/**
 * Moving an account to another address: it changes when the new one is proven, and the old one is told, with a way
 * back. Whether the new address has an account already, nobody but its owner is told.
 */
export class AddressChange {
  readonly #em: SqlEntityManager
  readonly #accounts: Accounts
  readonly #links: OneTimeLinks
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #notices: Notices
  readonly #samePerson: SamePerson
  readonly #erasure: Erasure
  readonly #panic: Panic
  readonly #signOut: SignOutEverywhere

  constructor({
    em,
    accounts,
    links,
    limits,
    trail,
    notices,
    samePerson,
    erasure,
    panic,
    signOut,
  }: {
    em: SqlEntityManager
    accounts: Accounts
    links: OneTimeLinks
    limits: Limits
    trail: Trail
    notices: Notices
    samePerson: SamePerson
    erasure: Erasure
    panic: Panic
    signOut: SignOutEverywhere
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#links = links
    this.#limits = limits
    this.#trail = trail
    this.#notices = notices
    this.#samePerson = samePerson
    this.#erasure = erasure
    this.#panic = panic
    this.#signOut = signOut
  }

  /** A letter to the new address. @throws InvalidInput `email: 'invalid' | 'unchanged'`, TooManyAttempts, SignedOut */
  async request(
    account: Account,
    email: string,
    { by, locale = account.language, ...asked }: { by: Actor; locale?: Account['language'] } & Asked,
  ): Promise<void> {
    const address = normalizeEmail(email)
    if (address === account.email) throw new InvalidInput({ email: 'unchanged' }, 'email: it is the address already')
    await this.#limits.mailByIp.take(network(by.ip))
    await this.#limits.mailByAddress.take(address)
    await oneAtATime(this.#em, account, { by }, async () => {
      const taken = await this.#taken(address, account)
      this.#trail.record('address-change.requested', { by, subject: account.id })
      // Older links die in both cases; of a taken address the new link is sent to nobody.
      const token = await this.#notices.changeLink(account, address, asked)
      if (taken) await this.#notices.addressTaken(address, locale)
      else await this.#notices.proveNewAddress(address, token, locale)
    })
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, proof: Proof = {}): Promise<(Opened & { address: string }) | null> {
    const link = await this.#links.look('change-address', token)
    if (!link?.account || !link.address) return null
    const { account, address } = link
    return { account, address, proof: await this.#samePerson.asks(link, account, proof) }
  }

  /** @throws Forbidden, WrongCredentials, TooManyAttempts, Busy; Conflict where somebody else has the address by now */
  async complete(token: string, { by, ...proof }: { by: Actor } & Proof): Promise<Account> {
    const link = await this.#links.look('change-address', token)
    if (!link?.account || !link.address)
      throw new Forbidden('this link was used already or has expired', 'link_invalid')
    const { account, address } = link
    await this.#samePerson.check(link, account, proof, { by })
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('change-address', token)
      const { email: old, emailVerified: proven } = account
      await this.#move(account, address)
      this.#trail.record('account.address-changed', { by: actor, subject: account.id })
      // An address that nobody had proven is nobody's to go back to.
      if (proven) await this.#notices.addressChanged(account, old, { by: actor })
      await this.#em.flush()
    })
    return account
  }

  /** Whose account leads back to which address, while the link can be spent. */
  async lookBack(token: string): Promise<{ account: Account; address: string } | null> {
    const link = await this.#links.look('undo-address', token)
    return link?.account && link.address ? { account: link.account, address: link.address } : null
  }

  /**
   * Back to the address that was. Whoever changed it is out: the account is locked as by the panic button, and ways back
   * to what it was in between are closed. @throws Forbidden, Conflict
   */
  async undo(token: string, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#links.look('undo-address', token)
    if (!link?.account || !link.address) throw new Forbidden('this link leads nowhere', 'link_invalid')
    const { account, address, createdAt } = link
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('undo-address', token)
      await this.#links.revoke(account, ['undo-address'], { since: createdAt })
      await this.#move(account, address)
      this.#trail.record('account.address-restored', { by: actor, subject: account.id })
      await this.#panic.lock(account, { by: actor })
    })
    await this.#signOut.of(account, { by: actor })
    return account
  }

  /** All that was sent to the old address is worthless now, except the ways back. */
  async #move(account: Account, address: string): Promise<void> {
    await this.#erasure.ofPending(address)
    if (await this.#taken(address, account)) throw new Conflict('this address belongs to another account by now')
    await this.#links.revoke(account, [
      'recovery',
      'sign-in',
      'verify-address',
      'change-address',
      'panic',
      'cancel-deletion',
    ])
    account.email = address
    account.proveAddress()
    await this.#accounts.flush()
  }

  async #taken(address: string, account: Account): Promise<boolean> {
    const holder = await this.#accounts.findByEmail(address)
    const reserved = await this.#links.reserved(address, { exceptFor: account })
    return reserved || (holder !== null && holder.id !== account.id && holder.pendingSince == null)
  }
}
