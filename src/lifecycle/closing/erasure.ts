import type { Account } from '../../accounts/account.ts'
import { type Actor, system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { DeliveredEmail } from '../../email/delivered-email.ts'

/** A registration whose address isn't verified within a week is erased. */
const PENDING_MS = 7 * 24 * 60 * 60 * 1000

/** Their rows are deleted with the account. */
const END_IMPERSONATIONS = `
  update impersonation set ended_at = ?
  where account_id = ? and started_at is not null and ended_at is null returning id`

/**
 * Erases an account and everything that belongs to it. The audit log keeps what happened, when and to which account ID,
 * but events lose what is personal (audit-chain/erased-events.ts), so the ID no longer leads to a person. Applications get a back-channel logout for that ID. Emails that are still queued are sealed, and
 * are deleted within days.
 */
export class Erasure {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'assignments'
      | 'artifacts'
      | 'backchannelLogout'
      | 'audit'
      | 'clock'
      | 'erasedEvents'
      | 'webhookRecording'
    >,
  ) {
    this.#app = app
  }

  /** @throws Forbidden for the last superuser */
  async of(account: Account, { by }: { by: Actor }): Promise<void> {
    const { id, email } = account
    const notifications = await this.#app.backchannelLogout.ofAccount(id)
    await this.#app.atomically.on(account, { by, erase: true }, async () => {
      await this.#app.assignments.keepSuperuser(account)
      this.#app.audit.record('account.erased', { by, subject: id })
      await this.#endImpersonations(id, { by })
      this.#app.em.remove(account)
      await this.#app.em.flush()
      await this.#app.erasedEvents.anonymize([id])
      await this.#app.em.nativeDelete(DeliveredEmail, { recipient: email })
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(id)
  }

  /** Records the end of those that take place; their sessions are dropped with all others of the account. */
  async #endImpersonations(id: string, { by }: { by: Actor }): Promise<void> {
    const { audit, clock, em } = this.#app
    const ended = await em.execute<{ id: string }[]>(END_IMPERSONATIONS, [clock.now().toISOString(), id])
    for (const { id: target } of ended)
      audit.record('impersonation.ended', { by, subject: id, target, reason: 'revoked' })
  }

  /**
   * Erases the pending registration of an address, if there is one, so that the address is free. It always runs the same
   * statements, whether or not there is one. It locks an account besides the caller's, so the caller locks the address first.
   */
  async ofPending(address: string): Promise<void> {
    this.#app.atomically.mustBeOn('address', address)
    await this.#erase('email = ? and pending_since is not null', [address])
  }

  /** Erases the pending registrations of an upstream identity, which may have been made with another address. */
  async ofPendingPerson(provider: { id: string }, { subject }: { subject: string }): Promise<void> {
    const linked = 'id in (select account_id from identity_link where provider_id = ? and subject = ?)'
    await this.#erase(`pending_since is not null and ${linked}`, [provider.id, subject])
  }

  /**
   * Erases registrations that were not verified in time; those locked by another transaction wait for the next sweep.
   * @returns how many it erased
   */
  async ofStale(): Promise<number> {
    const before = new Date(this.#app.clock.now().getTime() - PENDING_MS)
    const stale = 'array(select id from account where pending_since < ? for update skip locked)'
    return this.#erase(`id = any(${stale})`, [before.toISOString()])
  }

  /**
   * Erases registrations that were not verified, records that, and anonymizes the events about them. The record is what
   * proves that Gatehouse has changed these events. @returns how many it erased
   */
  async #erase(which: string, values: readonly string[]): Promise<number> {
    return this.#app.atomically(async () => {
      const { em, audit, webhookRecording, erasedEvents } = this.#app
      const erased = await em.execute<{ id: string }[]>(`delete from account where ${which} returning id`, values)
      const ids = erased.map(({ id }) => id)
      const events = await audit.writeErased(ids, { by: system, reason: 'unverified' })
      await webhookRecording.deliver('account.erased', events)
      await erasedEvents.anonymize(ids)
      return erased.length
    })
  }
}
