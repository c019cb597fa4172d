import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import type { OwnerProof, OwnerProofs } from './former-owner.ts'

/** An account that can go back to an address, and what its former owner can prove that with. */
export interface Restorable extends OwnerProofs {
  account: Account
  address: string
}

/**
 * Undoing a change of an account's address, by the link that went to the old one. The link alone does nothing: it lies in
 * forwarded mail and in logs of others for seven days. It takes a proof beside it (former-owner.ts).
 */
export class EmailChangeUndo {
  readonly #app

  constructor(app: Needs<'atomically' | 'links' | 'audit' | 'formerOwner' | 'emailMove' | 'compromise' | 'signOut'>) {
    this.#app = app
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, { browser }: { browser: string }): Promise<Restorable | null> {
    const link = await this.#app.links.look('undo-email-change', token)
    if (!link) return null
    const { account, address } = link
    return { account, address, ...(await this.#app.formerOwner.proofs(link, { browser })) }
  }

  /** The address to which the account went back by this link, while it still has it: the page can be loaded again. */
  async done(token: string): Promise<string | null> {
    return (await this.#app.links.spentFor('undo-email-change', token))?.address ?? null
  }

  /** Emails a code to the old address, which counts in this browser alone. @throws Forbidden, TooManyAttempts */
  async sendCode(token: string, { by, browser }: { by: Actor; browser: string }): Promise<void> {
    await this.#app.formerOwner.sendCode(await this.#app.links.open('undo-email-change', token), token, { by, browser })
  }

  /**
   * Back to the address that was. The person who changed it is out: the account is locked as by the panic button, and
   * later changes cannot be undone. @throws Forbidden, Conflict, WrongCredentials, InvalidInput, TooManyAttempts, Busy
   */
  async complete(token: string, proof: OwnerProof, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('undo-email-change', token)
    await this.#app.formerOwner.check(link, proof, { by })
    const { account, address, createdAt: at } = link
    const owner = await this.#app.emailMove.redeem(link, { by }, async owner => {
      await this.#app.links.end(account, 'earlier-change-undone', { since: at })
      await this.#app.links.end(account, 'change-undone')
      await this.#app.emailMove.to(address, account)
      this.#app.audit.record('email.change-undone', { by: owner, subject: account.id, reason: proof.way })
      await this.#app.compromise.lock(account, { by: owner })
    })
    await this.#app.signOut.of(account, { by: owner })
    return account
  }
}
