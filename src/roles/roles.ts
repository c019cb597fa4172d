import { FlushMode, LockMode } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Forbidden, InvalidInput, NotFound } from '../base/refusals.ts'
import { insert } from '../storage/database/insert.ts'
import { Assignment, Role, SUPERUSER } from './role.ts'

const HOLDERS = 'select account_id from assignment where role_name = ?'

/** Runs at every sign-in, so it loads no entities. */
const ROLES_OF = 'select role_name from assignment where account_id = ? order by role_name'

const NAME = /^[a-z0-9][a-z0-9._:-]{0,62}$/

/**
 * Roles and the accounts that have them. Applications receive them in the `roles` claim and decide what each permits.
 * Gatehouse has one rule of its own: there is always an active superuser.
 */
export class Roles {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes'>) {
    this.#app = app
  }

  list(): Promise<Role[]> {
    return this.#app.em.find(Role, {}, { orderBy: { name: 'asc' } })
  }

  /** @throws NotFound */
  async find(name: string): Promise<Role> {
    const role = isText(name) ? await this.#app.em.findOne(Role, { name }) : null
    if (!role) throw new NotFound(`there is no role ${JSON.stringify(name)}`)
    return role
  }

  /** @throws InvalidInput, Conflict */
  async create(
    { name, description = '' }: { name: string; description?: string },
    { by }: { by: Actor },
  ): Promise<Role> {
    if (!NAME.test(name)) {
      throw new InvalidInput(
        { name: 'invalid' },
        'a role name must be 1 to 63 characters of a-z, 0-9, ".", "_", ":" and "-"',
      )
    }
    const role = this.#app.em.create(Role, { name, description, builtIn: false, createdAt: this.#app.clock.now() })
    this.#app.audit.record('role.created', { by, target: name })
    await insert(this.#app.em, role, `a role named ${name} already exists`)
    return role
  }

  async describe(name: string, { description, by }: { description: string; by: Actor }): Promise<Role> {
    const role = await this.find(name)
    role.description = description
    this.#app.audit.record('role.updated', { by, target: name })
    await this.#app.em.flush()
    return role
  }

  /** Removes the role, and unassigns it from every account. @throws Forbidden for a built-in role */
  async remove(name: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      await this.lock(name)
      const role = await this.find(name)
      if (role.builtIn) throw new Forbidden(`${name} is a built-in role and cannot be removed`)
      const holders = await this.#app.em.execute<{ account_id: string }[]>(HOLDERS, [name])
      for (const { account_id: subject } of holders) {
        this.#app.audit.record('role.unassigned', { by, subject, target: name, reason: 'role-removed' })
        this.#app.changes.notify(`account:${subject}`)
      }
      this.#app.em.remove(role)
      this.#app.audit.record('role.removed', { by, target: name })
    })
  }

  async of(account: Account): Promise<string[]> {
    const held = await this.#app.em.execute<{ role_name: string }[]>(ROLES_OF, [account.id])
    return held.map(({ role_name: name }) => name)
  }

  /** Adds an assignment that the next flush of the caller writes, with its other changes. @throws NotFound */
  async stageAssignment(account: Account, name: string, { by }: { by: Actor }): Promise<void> {
    const role = await this.find(name)
    if (await this.#app.em.findOne(Assignment, { account, role }, { flushMode: FlushMode.COMMIT })) return
    this.#app.em.create(Assignment, { account, role, givenAt: this.#app.clock.now() })
    this.#app.audit.record('role.assigned', { by, subject: account.id, target: name })
  }

  /** Assigns all or none. Roles are locked in one order, so that two operators at once assign each once. @throws NotFound */
  async assign(account: Account, names: readonly string[], { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      for (const name of [...new Set(names)].sort()) {
        await this.lock(name)
        await this.stageAssignment(account, name, { by })
      }
    })
  }

  /** @throws NotFound if the account does not have the role, Forbidden if it is the last superuser */
  async unassign(account: Account, names: readonly string[], { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      for (const name of names) {
        if (name === SUPERUSER) await this.keepSuperuser(account)
        const held = isText(name) ? await this.#app.em.findOne(Assignment, { account, role: name }) : null
        if (!held) throw new NotFound(`${account.email} does not have the role ${JSON.stringify(name)}`)
        this.#app.em.remove(held)
        this.#app.audit.record('role.unassigned', { by, subject: account.id, target: name })
      }
    })
  }

  /**
   * Refuses if the account is the last active superuser. Locks the role, so that two operators cannot remove the last
   * two at once; the account must be locked before.
   * @throws Forbidden
   */
  async keepSuperuser(leaving: Account): Promise<void> {
    this.#app.atomically.mustBeOn(leaving)
    await this.lock(SUPERUSER)
    const active = { role: SUPERUSER, account: { suspendedAt: null, deletionDue: null } }
    const superusers = await this.#app.em.find(Assignment, active)
    if (superusers.length === 1 && superusers[0]?.account.id === leaving.id)
      throw new Forbidden(
        `${leaving.email} is the last superuser; make someone else a superuser first`,
        'last_superuser',
      )
  }

  /** Prevents other transactions from assigning or unassigning this role until this one ends. */
  async lock(name: string): Promise<void> {
    if (isText(name)) await this.#app.em.findOne(Role, { name }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  }

  /** Whether any account has the role; used by setup. */
  async isAssigned(name: string): Promise<boolean> {
    return (await this.#app.em.count(Assignment, { role: name })) > 0
  }
}
