import { LockMode } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import { type Actor, system } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { Forbidden } from '../base/refusals.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Roles } from '../roles/roles.ts'
import type { Erasure } from './erasure.ts'
import type { Notices } from './notices.ts'
import type { SignOutEverywhere } from './sign-out.ts'

/** Leaving, with time to think better of it: until the grace is over, signing in again or a link in a letter cancels. */
export class Deletion {
  readonly #em: SqlEntityManager
  readonly #roles: Roles
  readonly #links: OneTimeLinks
  readonly #erasure: Erasure
  readonly #notices: Notices
  readonly #signOut: SignOutEverywhere
  readonly #trail: Trail
  readonly #clock: Clock
  readonly #grace: number

  constructor({
    em,
    roles,
    links,
    erasure,
    notices,
    signOut,
    trail,
    clock,
    grace,
  }: {
    em: SqlEntityManager
    roles: Roles
    links: OneTimeLinks
    erasure: Erasure
    notices: Notices
    signOut: SignOutEverywhere
    trail: Trail
    clock: Clock
    /** Seconds. */
    grace: number
  }) {
    this.#em = em
    this.#roles = roles
    this.#links = links
    this.#erasure = erasure
    this.#notices = notices
    this.#signOut = signOut
    this.#trail = trail
    this.#clock = clock
    this.#grace = grace
  }

  /**
   * Signs out everywhere, but for the session with the `uid` from which it was asked for.
   * @returns when it will be erased @throws Forbidden for the last superuser, SignedOut
   */
  async schedule(account: Account, { by, exceptSession }: { by: Actor; exceptSession?: string }): Promise<Date> {
    const due = new Date(this.#clock.now().getTime() + this.#grace * 1000)
    const earlier = await oneAtATime(this.#em, account, { by }, async () => {
      if (account.deletionDue) return account.deletionDue
      await this.#roles.keepSuperuser(account)
      account.deletionDue = due
      this.#trail.record('deletion.scheduled', { by, subject: account.id })
      await this.#notices.deletionScheduled(account, due)
      if (!exceptSession) this.#signOut.begin(account)
      return null
    })
    if (earlier) return earlier
    if (exceptSession) await this.#signOut.others(account, exceptSession, { by })
    else await this.#signOut.of(account, { by })
    return due
  }

  /** Does nothing where none is scheduled. */
  async cancel(account: Account, { by }: { by: Actor }): Promise<void> {
    if (!account.deletionDue) return
    await oneAtATime(this.#em, account, { by }, async () => {
      if (!account.deletionDue) return
      account.deletionDue = null
      await this.#links.revoke(account, ['cancel-deletion'])
      this.#trail.record('deletion.cancelled', { by, subject: account.id })
      await this.#notices.deletionCancelled(account, { by })
    })
  }

  /** Whose deletion the link cancels, while it can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#links.look('cancel-deletion', token))?.account ?? null
  }

  /** By the link in the letter. @throws Forbidden */
  async cancelByLink(token: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.holder(token)
    if (!account) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('cancel-deletion', token)
      await this.cancel(account, { by: actor })
    })
    return account
  }

  /** Erases whose time has come; several processes share the work. @returns how many */
  async due(): Promise<number> {
    let erased = 0
    while (await this.#eraseOne()) erased++
    return erased
  }

  #eraseOne(): Promise<boolean> {
    return this.#em.transactional(async () => {
      const account = await this.#em.findOne(
        Account,
        { deletionDue: { $lte: this.#clock.now() } },
        { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, orderBy: { deletionDue: 'asc' } },
      )
      if (account) await this.#erasure.of(account, { by: system })
      return account !== null
    })
  }
}
