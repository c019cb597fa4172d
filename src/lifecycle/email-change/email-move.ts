import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { AccountLink } from '../../links/one-time-link.ts'

/** What a change of address and its undoing have in common. */
export class EmailMove {
  readonly #app

  constructor(app: Needs<'accounts' | 'atomically' | 'links' | 'erasure'>) {
    this.#app = app
  }

  /**
   * Redeems a link that moves its account to another address. It locks both addresses first, since two unverified accounts
   * that move to each other's address would otherwise deadlock.
   */
  redeem(link: AccountLink, { by }: { by: Actor }, work: (owner: Actor) => Promise<void>): Promise<Actor> {
    const addresses = [link.account.email, link.address]
    return this.#app.atomically.on('address', addresses, () => this.#app.links.redeem(link, { by }, work))
  }

  /** Moves the account. Links that were sent to its old address end, except those that undo a change. @throws Conflict */
  async to(address: string, account: Account): Promise<void> {
    await this.#app.erasure.ofPending(address)
    const { taken } = await this.holder(address, account)
    if (taken) throw new Conflict('another account has this email address by now')
    await this.#app.links.end(account, 'email-changed')
    account.email = address
    account.markEmailVerified()
    await this.#app.accounts.flush()
  }

  /**
   * The account that has the address, and whether it is taken for this account: another account has it, or can still be
   * moved back to it. An unverified registration doesn't take an address.
   */
  async holder(address: string, { id }: { id: string }): Promise<{ holder: Account | null; taken: boolean }> {
    const holder = await this.#app.accounts.findByEmail(address)
    const reserved = await this.#app.links.reserved(address, { exceptFor: id })
    return { holder, taken: reserved || (holder !== null && holder.id !== id && holder.pendingSince == null) }
  }
}
