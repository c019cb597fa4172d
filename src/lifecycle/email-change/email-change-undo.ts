import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import type { OwnerProof } from './former-owner.ts'

/**
 * Undoes a change of an account's email with the link that was sent to the old address. The link alone is not enough, because
 * it stays in forwarded mail and other people's logs for seven days: it needs a proof as well (former-owner.ts).
 */
export class EmailChangeUndo {
  readonly #app

  constructor(app: Needs<'links' | 'audit' | 'formerOwner' | 'emailMove' | 'compromise' | 'signOut'>) {
    this.#app = app
  }

  /** What the link is about, and how its owner can prove who they are; null if it can't be spent. Changes nothing. */
  async look(token: string, { browser }: { browser: string }) {
    const link = await this.#app.links.look('undo-email-change', token)
    if (!link) return null
    const { account, address } = link
    return { account, address, ...(await this.#app.formerOwner.proofs(link, { browser })) }
  }

  /** The address to which this link has moved the account, while it has it, so that the page can be reloaded. */
  async done(token: string): Promise<string | null> {
    return (await this.#app.links.spentFor('undo-email-change', token))?.address ?? null
  }

  /** Emails a code to the old address; it works only in this browser. @throws Forbidden, TooManyAttempts */
  async sendCode(token: string, { by, browser }: { by: Actor; browser: string }): Promise<void> {
    await this.#app.formerOwner.sendCode(await this.#app.links.open('undo-email-change', token), token, { by, browser })
  }

  /**
   * Moves the account back. It locks the account as `Compromise` does, which signs out the person who changed the email,
   * and later changes can no longer be undone. @throws Forbidden, Conflict, WrongCredentials, InvalidInput, TooManyAttempts, Busy
   */
  async complete(token: string, proof: OwnerProof, { by }: { by: Actor }): Promise<Account> {
    const link = await this.#app.links.open('undo-email-change', token)
    await this.#app.formerOwner.check(link, proof, { by })
    const { account, address, createdAt: at } = link
    const owner = await this.#app.emailMove.redeem(link, { by }, async owner => {
      await this.#app.links.end(account, 'earlier-change-undone', { since: at })
      await this.#app.links.end(account, 'change-undone')
      await this.#app.emailMove.to(address, account)
      this.#app.audit.record('email.change-undone', { by: owner, subject: account.id, reason: proof.method })
      await this.#app.compromise.lock(account, { by: owner })
    })
    await this.#app.signOut.of(account, { by: owner })
    return account
  }
}
