import { FlushMode, LockMode } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import { type Actor, actorName, system } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden, InvalidInput, NotFound } from '../base/refusals.ts'
import { Assignment } from './assignment.ts'
import { lastingRights, storedRights } from './lasting-rights.ts'
import { OPERATOR_RIGHTS, type Rights } from './rights.ts'
import { SUPERUSER } from './role.ts'

/** Runs at every sign-in, so it loads no entities. */
const ROLES_OF = `
  select role_name from assignment
  where account_id = ? and (ends_at is null or ends_at > ?) order by role_name`

const END = 'delete from assignment where ends_at <= ? returning account_id, role_name'

/** Who assigns a role, and until when: null for no end; absent to keep the end of an assignment that already exists. */
interface Given {
  by: Actor
  until?: Date | null | undefined
}

interface Limited {
  /** The rights of the actor, who cannot assign or unassign what is not within them. */
  within?: Rights | undefined
}

/**
 * Which accounts have which roles. An assignment that has ended counts nowhere from that second on, and is removed later.
 * There is always an active superuser whose role does not end.
 */
export class Assignments {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes' | 'roles'>) {
    this.#app = app
  }

  /** The names of the roles that an account has now. */
  async rolesOf(account: Account): Promise<string[]> {
    const held = await this.#app.em.execute<{ role_name: string }[]>(ROLES_OF, [account.id, this.#app.clock.now()])
    return held.map(({ role_name: name }) => name)
  }

  /** The assignments of an account that have not ended. */
  async of(account: Account): Promise<Assignment[]> {
    const all = await this.#app.em.find(Assignment, { account }, { orderBy: { role: { name: 'asc' } } })
    return all.filter(each => !each.endedBy(this.#app.clock.now()))
  }

  /**
   * Adds an assignment that the next flush of the caller writes, with its other changes. Requires a transaction, in which an
   * assignment that has ended is not removed meanwhile. @throws NotFound
   */
  async stage(account: Account, name: string, { by, until }: Given): Promise<void> {
    const role = await this.#app.roles.find(name)
    const now = this.#app.clock.now()
    const locked = { flushMode: FlushMode.COMMIT, lockMode: LockMode.PESSIMISTIC_WRITE }
    const known = await this.#app.em.findOne(Assignment, { account, role }, locked)
    const held = known !== null && !known.endedBy(now)
    const endsAt = until === undefined && held ? (known.endsAt ?? null) : (until ?? null)
    if (held && endsAt?.getTime() === known.endsAt?.getTime()) return
    const given = { givenAt: now, givenBy: actorName(by), endsAt }
    if (known) Object.assign(known, given)
    else this.#app.em.create(Assignment, { account, role, ...given })
    this.#app.audit.record('role.assigned', { by, subject: account.id, target: name })
  }

  /**
   * Assigns all or none. Roles are locked in one order, so that two operators at once assign each once.
   * @throws NotFound, InvalidInput if the end has passed, Forbidden if it is not `within` the rights that the actor will have
   *   until then, or would end the role of the last superuser
   */
  async assign(
    account: Account,
    names: readonly string[],
    { by, until, within = OPERATOR_RIGHTS }: Given & Limited,
  ): Promise<void> {
    if (until && until <= this.#app.clock.now()) throw new InvalidInput({ until: 'must be in the future' })
    await this.#app.atomically.on(account, { by }, async () => {
      const lasting = await lastingRights(this.#app.em, within, { by, until: until ?? null })
      for (const name of [...new Set(names)].sort()) {
        if (name === SUPERUSER && until) await this.#keepAnotherSuperuser(account)
        await this.#app.roles.lock(name)
        await this.#requireToCover(lasting, name)
        await this.stage(account, name, { by, until })
      }
    })
  }

  /**
   * @param ifHeld leaves out roles that the account does not have, which may have ended just now
   * @throws NotFound if the account does not have the role, Forbidden if it is the last superuser, or not `within` the rights
   *   of the actor
   */
  async unassign(
    account: Account,
    names: readonly string[],
    { by, ifHeld = false, within = OPERATOR_RIGHTS }: { by: Actor; ifHeld?: boolean } & Limited,
  ): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      for (const name of names) {
        await this.#requireToCover(within, name)
        if (name === SUPERUSER) await this.keepSuperuser(account)
        const held = isText(name) ? await this.#app.em.findOne(Assignment, { account, role: name }) : null
        if (!held || held.endedBy(this.#app.clock.now())) {
          if (ifHeld) continue
          throw new NotFound(`${account.email} does not have the role ${JSON.stringify(name)}`)
        }
        this.#app.em.remove(held)
        this.#app.audit.record('role.unassigned', { by, subject: account.id, target: name })
      }
    })
  }

  /**
   * Refuses if the account is the last active superuser whose role does not end. Locks the role, so that two operators
   * cannot remove the last two at once; the account must be locked before.
   * @throws Forbidden
   */
  async keepSuperuser(leaving: Account): Promise<void> {
    const superusers = await this.#lastingSuperusers(leaving)
    if (superusers.length === 1 && superusers[0] === leaving.id) throw lastSuperuser(leaving)
  }

  /** Refuses if there is no other such superuser: also the first superuser of all can't have an end. @throws Forbidden */
  async #keepAnotherSuperuser(leaving: Account): Promise<void> {
    const superusers = await this.#lastingSuperusers(leaving)
    if (!superusers.some(id => id !== leaving.id)) throw lastSuperuser(leaving)
  }

  async #lastingSuperusers(leaving: Account): Promise<string[]> {
    this.#app.atomically.mustBeOn(leaving)
    await this.#app.roles.lock(SUPERUSER)
    const active = { role: SUPERUSER, endsAt: null, account: { suspendedAt: null, deletionDue: null } }
    return (await this.#app.em.find(Assignment, active)).map(({ account }) => account.id)
  }

  async #requireToCover(within: Rights, name: string): Promise<void> {
    const { permissions } = await this.#app.roles.find(name)
    within.requireToGive(`the role ${name}`, permissions, { superuser: name === SUPERUSER })
  }

  /** What the account may do at Gatehouse itself. */
  async rightsOf(account: Account): Promise<Rights> {
    return storedRights(this.#app.em, await this.rolesOf(account))
  }

  /** Whether any account has the role; used by setup. */
  async isAssigned(name: string): Promise<boolean> {
    return (await this.#app.em.count(Assignment, { role: name })) > 0
  }

  /** Removes the assignments that have ended. @returns how many */
  removeEnded(): Promise<number> {
    return this.#app.atomically(async () => {
      type Ended = { account_id: string; role_name: string }
      const ended = await this.#app.em.execute<Ended[]>(END, [this.#app.clock.now()])
      for (const { account_id: subject, role_name: target } of ended) {
        this.#app.audit.record('role.unassigned', { by: system, subject, target, reason: 'ended' })
        this.#app.changes.notify(`account:${subject}`)
      }
      return ended.length
    })
  }
}

function lastSuperuser({ email }: Account): Forbidden {
  return new Forbidden(`${email} is the last superuser; make someone else a superuser first`, 'last_superuser')
}
