import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { AccountLink } from '../../links/one-time-link.ts'

/** The step that a change of address and its undoing have in common, within their transaction. */
export class EmailMove {
  readonly #app

  constructor(app: Needs<'accounts' | 'atomically' | 'links' | 'erasure'>) {
    this.#app = app
  }

  /**
   * Redeems a link that moves its account, beside nothing else that happens at the address before or after: of two
   * unverified accounts that move to each other's address, each would wait for the other.
   */
  redeem(link: AccountLink, { by }: { by: Actor }, work: (owner: Actor) => Promise<void>): Promise<Actor> {
    const addresses = [link.account.email, link.address]
    return this.#app.atomically.on('address', addresses, () => this.#app.links.redeem(link, { by }, work))
  }

  /** Links that were sent to the address until now are worthless, except those that undo a change. @throws Conflict */
  async to(address: string, account: Account): Promise<void> {
    await this.#app.erasure.ofPending(address)
    const { taken } = await this.holder(address, account)
    if (taken) throw new Conflict('this address belongs to another account by now')
    await this.#app.links.end(account, 'email-changed')
    account.email = address
    account.markEmailVerified()
    await this.#app.accounts.flush()
  }

  /**
   * Whose address it is, and whether it is taken for this account: another one has it, or may still go back to it. A
   * registration that waits for its address takes none.
   */
  async holder(address: string, { id }: { id: string }): Promise<{ holder: Account | null; taken: boolean }> {
    const holder = await this.#app.accounts.findByEmail(address)
    const reserved = await this.#app.links.reserved(address, { exceptFor: id })
    return { holder, taken: reserved || (holder !== null && holder.id !== id && holder.pendingSince == null) }
  }
}
