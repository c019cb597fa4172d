import { FlushMode, LockMode, UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../base/refusals.ts'
import { Assignment, Role, SUPERUSER } from './role.ts'

const HOLDERS = 'select account_id from assignment where role_name = ?'

/** Asked at every sign-in, and so by itself, without the entities. */
const HELD = 'select role_name from assignment where account_id = ? order by role_name'

const NAME = /^[a-z0-9][a-z0-9._:-]{0,62}$/

/**
 * Roles and who has them. Applications receive them as the flat `roles` claim; what a role may do is theirs to decide.
 * One rule is ours: there is always an active superuser.
 */
export class Roles {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit'>) {
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
      throw new InvalidInput({ name: 'invalid' }, 'a role name is 1 to 63 of a-z, 0-9, ".", "_", ":" and "-"')
    }
    const role = new Role()
    Object.assign(role, { name, description, builtIn: false, createdAt: this.#app.clock.now() })
    this.#app.em.persist(role)
    this.#app.audit.record('role.created', { by, target: name })
    try {
      await this.#app.em.flush()
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) throw new Conflict(`there is a role ${name} already`)
      throw error
    }
    return role
  }

  async describe(name: string, { description, by }: { description: string; by: Actor }): Promise<Role> {
    const role = await this.find(name)
    role.description = description
    this.#app.audit.record('role.updated', { by, target: name })
    await this.#app.em.flush()
    return role
  }

  /** Takes it from everybody who has it. @throws Forbidden for a built-in role */
  async remove(name: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      await this.lock(name)
      const role = await this.find(name)
      if (role.builtIn) throw new Forbidden(`${name} is a built-in role and cannot be deleted`)
      const holders = await this.#app.em.execute<{ account_id: string }[]>(HOLDERS, [name])
      for (const { account_id: subject } of holders)
        this.#app.audit.record('role.unassigned', { by, subject, target: name, reason: 'role-removed' })
      this.#app.em.remove(role)
      this.#app.audit.record('role.removed', { by, target: name })
    })
  }

  async of(account: Account): Promise<string[]> {
    const held = await this.#app.em.execute<{ role_name: string }[]>(HELD, [account.id])
    return held.map(({ role_name: name }) => name)
  }

  /** Stages an assignment beside other changes, and writes none of them: one flush does. @throws NotFound */
  async stageAssignment(account: Account, name: string, { by }: { by: Actor }): Promise<void> {
    const role = await this.find(name)
    if (await this.#app.em.findOne(Assignment, { account, role }, { flushMode: FlushMode.COMMIT })) return
    const assignment = new Assignment()
    Object.assign(assignment, { account, role, givenAt: this.#app.clock.now() })
    this.#app.em.persist(assignment)
    this.#app.audit.record('role.assigned', { by, subject: account.id, target: name })
  }

  /** All or none; locks each role, always in the same order, so that two who give one at once give it once. @throws NotFound */
  async assign(account: Account, names: readonly string[], { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      for (const name of [...new Set(names)].sort()) {
        await this.lock(name)
        await this.stageAssignment(account, name, { by })
      }
    })
  }

  /** @throws NotFound where the account has no such role, Forbidden for the last superuser's */
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
   * Refuses to lose the last superuser who is active and stays. It locks the role, so that two operators who take away the
   * last two at once cannot both succeed; the account is locked before it.
   */
  async keepSuperuser(leaving: Account): Promise<void> {
    this.#app.atomically.mustBeOn(leaving)
    await this.lock(SUPERUSER)
    const superuser = await this.#app.em.count(Assignment, {
      role: SUPERUSER,
      account: { id: leaving.id, suspendedAt: null, deletionDue: null },
    })
    const others = await this.#app.em.count(Assignment, {
      role: SUPERUSER,
      account: { id: { $ne: leaving.id }, suspendedAt: null, deletionDue: null },
    })
    if (superuser > 0 && others === 0) {
      throw new Forbidden(`${leaving.email} is the last superuser; make another one first`, 'last_superuser')
    }
  }

  /** Until the transaction ends, nobody else gives or takes this role. */
  async lock(name: string): Promise<void> {
    if (isText(name)) await this.#app.em.findOne(Role, { name }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  }

  /** Whether anybody holds it already: the first run asks. */
  async isAssigned(name: string): Promise<boolean> {
    return (await this.#app.em.count(Assignment, { role: name })) > 0
  }
}
