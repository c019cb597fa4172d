import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Forbidden } from '../base/refusals.ts'
import type { Question } from '../credentials/ceremonies.ts'
import type { OneTimeLink } from '../credentials/one-time-link.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { RequestOptions } from '../credentials/webauthn.ts'
import type { AddressMove } from './address-move.ts'
import type { FormerOwner, OwnerProof } from './former-owner.ts'
import type { Panic } from './panic.ts'
import type { SignOutEverywhere } from './sign-out.ts'

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
  readonly #em: SqlEntityManager
  readonly #links: OneTimeLinks
  readonly #trail: Trail
  readonly #owner: FormerOwner
  readonly #move: AddressMove
  readonly #panic: Panic
  readonly #signOut: SignOutEverywhere

  constructor({
    em,
    links,
    trail,
    formerOwner,
    move,
    panic,
    signOut,
  }: {
    em: SqlEntityManager
    links: OneTimeLinks
    trail: Trail
    formerOwner: FormerOwner
    move: AddressMove
    panic: Panic
    signOut: SignOutEverywhere
  }) {
    this.#em = em
    this.#links = links
    this.#trail = trail
    this.#owner = formerOwner
    this.#move = move
    this.#panic = panic
    this.#signOut = signOut
  }

  /** What the link is about, while it can be spent. Changes nothing. */
  async look(token: string, { browser }: { browser: string }): Promise<Restorable | null> {
    const change = changeOf(await this.#links.look('undo-address', token))
    if (!change) return null
    return { account: change.account, address: change.address, ...(await this.#owner.proofs(change, { browser })) }
  }

  /** The address to which the account went back by this link, while it still has it: the page can be loaded again. */
  async done(token: string): Promise<string | null> {
    return (await this.#links.spentFor('undo-address', token))?.address ?? null
  }

  /** Emails a code to the old address, which counts in this browser alone. @throws Forbidden, TooManyAttempts */
  async sendCode(token: string, { by, browser }: { by: Actor; browser: string }): Promise<void> {
    await this.#owner.sendCode(await this.#change(token), token, { by, browser })
  }

  /**
   * Back to the address that was. The person who changed it is out: the account is locked as by the panic button, and
   * later changes cannot be undone. @throws Forbidden, Conflict, WrongCredentials, InvalidInput, TooManyAttempts, Busy
   */
  async complete(token: string, proof: OwnerProof, { by }: { by: Actor }): Promise<Account> {
    const change = await this.#change(token)
    await this.#owner.check(change, proof, { by })
    const { account, address, at } = change
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('undo-address', token)
      await this.#links.revoke(account, ['undo-address'], { since: at })
      await this.#links.revoke(account, ['undo-address-code'])
      await this.#move.to(address, account)
      this.#trail.record('account.address-restored', { by: actor, subject: account.id, reason: proof.way })
      await this.#panic.lock(account, { by: actor })
    })
    await this.#signOut.of(account, { by: actor })
    return account
  }

  async #change(token: string): Promise<AddressChanged> {
    const change = changeOf(await this.#links.look('undo-address', token))
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
