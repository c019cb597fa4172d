import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { DeliveredEmail } from '../../email/delivered-email.ts'

/** A registration that nobody proved within a week is taken away. */
const PENDING_MS = 7 * 24 * 60 * 60 * 1000

/**
 * Forgets a person. All that hangs on the account goes with it; the trail keeps that something happened, when, and to
 * which id, but no longer from where or with what: an id that leads nowhere is all that is left. Applications are told
 * that the person has gone, by that id. Emails under way are sealed, and gone within days.
 */
export class Erasure {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'roles' | 'artifacts' | 'backchannelLogout' | 'audit' | 'clock'>) {
    this.#app = app
  }

  /** @throws Forbidden for the last superuser */
  async of(account: Account, { by }: { by: Actor }): Promise<void> {
    const { id, email } = account
    const notifications = await this.#app.backchannelLogout.ofAccount(id)
    await this.#app.atomically.on(account, { by, erase: true }, async () => {
      await this.#app.roles.keepSuperuser(account)
      this.#app.audit.record('account.erased', { by, subject: id })
      this.#app.em.remove(account)
      await this.#app.em.flush()
      await this.#app.em.execute(ANONYMISE, [id, id, id])
      await this.#app.em.nativeDelete(DeliveredEmail, { recipient: email })
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(id)
  }

  /**
   * Frees an address that somebody registered and has not proven: always one statement, whether or not there is one. It
   * locks an account beside the caller's own, so the address is locked first.
   */
  async ofPending(address: string): Promise<void> {
    this.#app.atomically.mustBeOn('address', address)
    await this.#app.em.execute(
      `with gone as (delete from account where email = ? and pending_since is not null returning id)
       update audit_event set ip = null, user_agent = null where subject in (select id from gone)`,
      [address],
    )
  }

  /** The same by whom an upstream provider has named: what they began before, with another address perhaps. */
  async ofPendingPerson(provider: { id: string }, { subject }: { subject: string }): Promise<void> {
    await this.#app.em.execute(
      `with gone as (
         delete from account where pending_since is not null
           and id in (select account_id from identity_link where provider_id = ? and subject = ?) returning id)
       update audit_event set ip = null, user_agent = null where subject in (select id from gone)`,
      [provider.id, subject],
    )
  }

  /** What another transaction holds waits for the next sweep. @returns how many registrations were taken away that nobody had proven in time */
  async ofStale(): Promise<number> {
    const before = new Date(this.#app.clock.now().getTime() - PENDING_MS)
    const [gone] = await this.#app.em.execute<{ count: string | number }[]>(
      `with stale as (select id from account where pending_since < ? for update skip locked),
         gone as (delete from account where id in (select id from stale) returning id),
         forgotten as (
           update audit_event set ip = null, user_agent = null where subject in (select id from gone) returning 1)
       select count(*) as count from gone`,
      [before.toISOString()],
    )
    return Number(gone?.count ?? 0)
  }
}

/**
 * What the person did, and what strangers did to the account. Of operators and other people it stays on record from
 * where they acted; reasons and targets are words and ids of ours.
 */
const ANONYMISE = `
  update audit_event set ip = null, user_agent = null
  where (actor_kind = 'account' and actor_id = ?::text)
     or (subject = ?::uuid and (actor_kind = 'visitor' or actor_id is null or actor_id = ?::text))`
