import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { normalizeEmail } from '../accounts/email.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Forbidden, InvalidInput } from '../base/refusals.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import { type Limits, network } from '../limits/limits.ts'
import type { AddressMove } from './address-move.ts'
import type { Asked, Notices } from './notices.ts'
import type { Proof, SamePerson } from './same-person.ts'
import type { Opened } from './verification.ts'

/**
 * Moving an account to another address: it changes when the new one is proven, and the old one is told, with a way
 * back (address-restore.ts). Whether the new address has an account already, nobody but its owner is told.
 */
export class AddressChange {
  readonly #em: SqlEntityManager
  readonly #links: OneTimeLinks
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #notices: Notices
  readonly #samePerson: SamePerson
  readonly #move: AddressMove

  constructor({
    em,
    links,
    limits,
    trail,
    notices,
    samePerson,
    move,
  }: {
    em: SqlEntityManager
    links: OneTimeLinks
    limits: Limits
    trail: Trail
    notices: Notices
    samePerson: SamePerson
    move: AddressMove
  }) {
    this.#em = em
    this.#links = links
    this.#limits = limits
    this.#trail = trail
    this.#notices = notices
    this.#samePerson = samePerson
    this.#move = move
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
      const { taken } = await this.#move.holder(address, account)
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
      await this.#move.to(address, account)
      this.#trail.record('account.address-changed', { by: actor, subject: account.id })
      // An address that nobody had proven is nobody's to go back to.
      if (proven) await this.#notices.addressChanged(account, old, { by: actor })
      await this.#em.flush()
    })
    return account
  }
}
