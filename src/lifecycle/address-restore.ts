import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden } from '../base/refusals.ts'
import type { Question } from '../credentials/ceremonies.ts'
import type { OneTimeLink } from '../credentials/one-time-link.ts'
import type { RequestOptions } from '../credentials/webauthn.ts'
import type { OwnerProof } from './former-owner.ts'

/** An account that can go back to an address, and what its former owner can prove that with. */
export interface Restorable {
  account: Account
  address: string
  password: boolean
  totp: boolean
  passkey: Question<RequestOptions> | null
  /** Whether this browser has asked for a code by email that can still be typed. */
  codeSent: boolean
}

/**
 * Undoing a change of an account's address, by the link that went to the old one. The link alone does nothing: it lies in
 * forwarded mail and in logs of others for seven days. It takes a proof beside it (former-owner.ts).
 */
export class AddressRestore {
  readonly #app

  constructor(app: Needs<'atomically' | 'links' | 'audit' | 'formerOwner' | 'addressMove' | 'panic' | 'signOut'>) {
    this.#app = app
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, { browser }: { browser: string }): Promise<Restorable | null> {
    const change = changeOf(await this.#app.links.look('undo-address', token))
    if (!change) return null
    return {
      account: change.account,
      address: change.address,
      ...(await this.#app.formerOwner.proofs(change, { browser })),
    }
  }

  /** The address to which the account went back by this link, while it still has it: the page can be loaded again. */
  async done(token: string): Promise<string | null> {
    return (await this.#app.links.spentFor('undo-address', token))?.address ?? null
  }

  /** Emails a code to the old address, which counts in this browser alone. @throws Forbidden, TooManyAttempts */
  async sendCode(token: string, { by, browser }: { by: Actor; browser: string }): Promise<void> {
    await this.#app.formerOwner.sendCode(await this.#change(token), token, { by, browser })
  }

  /**
   * Back to the address that was. The person who changed it is out: the account is locked as by the panic button, and
   * later changes cannot be undone. @throws Forbidden, Conflict, WrongCredentials, InvalidInput, TooManyAttempts, Busy
   */
  async complete(token: string, proof: OwnerProof, { by }: { by: Actor }): Promise<Account> {
    const change = await this.#change(token)
    await this.#app.formerOwner.check(change, proof, { by })
    const { account, address, at } = change
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await this.#app.atomically.on(account, { by: actor }, async () => {
      await this.#app.links.spend('undo-address', token)
      await this.#app.links.end(account, 'earlier-change-undone', { since: at })
      await this.#app.links.end(account, 'change-undone')
      await this.#app.addressMove.to(address, account)
      this.#app.audit.record('email.change-undone', { by: actor, subject: account.id, reason: proof.way })
      await this.#app.panic.lock(account, { by: actor })
    })
    await this.#app.signOut.of(account, { by: actor })
    return account
  }

  async #change(token: string): Promise<AddressChanged> {
    const change = changeOf(await this.#app.links.look('undo-address', token))
    if (!change) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    return change
  }
}

/** A change of address that can be undone. */
export interface AddressChanged {
  /** Of the link that undoes it. */
  id: string
  account: Account
  /** The address before. */
  address: string
  at: Date
}

function changeOf(link: OneTimeLink | null): AddressChanged | null {
  if (!link?.account || !link.address) return null
  return { id: link.digest, account: link.account, address: link.address, at: link.createdAt }
}
