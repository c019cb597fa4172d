import { LockMode } from '@mikro-orm/core'
import { difference } from '../audit/difference.ts'
import type { Actor } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../base/refusals.ts'
import type { Permission } from '../clients/permissions.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { insert } from '../storage/database/insert.ts'
import { checkScopes } from './checked-scopes.ts'
import { grantable, setPermissions } from './own-permissions.ts'
import { OPERATOR_RIGHTS, Rights } from './rights.ts'
import { Role, type ScopesByResource, SUPERUSER } from './role.ts'

const HOLDERS = 'select account_id from assignment where role_name = ?'
const LIMITED_CLIENTS = 'select id from client where ? = any(allowed_roles) or ? = any(denied_roles) order by id'

const NAME = /^[a-z0-9][a-z0-9._:-]{0,62}$/

interface AllowedScopes {
  /** The resource indicator of an API. */
  resource: string
  scopes: readonly string[]
}

interface Described {
  description?: string | undefined
  permissions?: readonly Permission[] | undefined
  scopes?: ScopesByResource | undefined
}

/** Who changes a role, within which rights, and what must hold of it before. */
interface Change {
  by: Actor
  within?: Rights | undefined
  /** Called with the locked role; throws if it may not be changed as it is. */
  expect?: ((role: Role) => void) | undefined
}

/**
 * The roles that exist. Applications receive the roles of a person in the `roles` claim and decide what each permits;
 * access tokens for an API whose scopes depend on roles carry only the scopes that the person's roles allow.
 */
export class Roles {
  readonly #app
  readonly #known: Cache<Map<string, Pick<Role, 'permissions' | 'scopes'>>>

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'changes'>) {
    this.#app = app
    this.#known = new Cache({
      changes: app.changes,
      topic: 'role',
      whole: true,
      load: async () => new Map((await this.#app.em.fork().findAll(Role)).map(role => [role.name, role.summary()])),
    })
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

  /** The scopes that these roles allow at an API, from the cache of this process. */
  async scopesAt(resource: string, roles: readonly string[]): Promise<Set<string>> {
    const known = await this.#known.get('all')
    return new Set(roles.flatMap(role => scopesOf({ scopes: known?.get(role)?.scopes ?? {} }, resource)))
  }

  /** What these roles permit at Gatehouse itself, from the cache of this process. */
  async permissionsOf(roles: readonly string[]): Promise<Set<Permission>> {
    const known = await this.#known.get('all')
    return new Set(roles.flatMap(role => known?.get(role)?.permissions ?? []))
  }

  /** The same with the rank of a superuser. */
  async rightsOf(roles: readonly string[]): Promise<Rights> {
    return new Rights(await this.permissionsOf(roles), roles.includes(SUPERUSER))
  }

  /** @throws InvalidInput, Forbidden for permissions that are not `within`, Conflict */
  async create(
    { name, description = '', permissions = [], scopes = {} }: Described & { name: string },
    { by, within = OPERATOR_RIGHTS }: Omit<Change, 'expect'>,
  ): Promise<Role> {
    if (!NAME.test(name)) {
      throw new InvalidInput(
        { name: 'invalid' },
        'a role name must be 1 to 63 characters of a-z, 0-9, ".", "_", ":" and "-"',
      )
    }
    const ownPermissions = grantable(permissions)
    within.requireToGive(`the role ${name}`, ownPermissions)
    return this.#app.atomically(async () => {
      const properties = {
        ...{ name, description, ownPermissions },
        scopes: await checkScopes(this.#app.em, scopes),
        ...{ builtIn: false, createdAt: this.#app.clock.now() },
      }
      const role = this.#app.em.create(Role, properties)
      this.#app.audit.record('role.created', { by, target: name })
      await insert(this.#app.em, role, `a role named ${name} already exists`)
      return role
    })
  }

  /** @throws NotFound, InvalidInput, Forbidden for permissions that are not `within`, or of a built-in role */
  update(name: string, { description, permissions, scopes }: Described, change: Change): Promise<Role> {
    return this.#change(name, change, async role => {
      if (description !== undefined) role.description = description
      if (permissions !== undefined) setPermissions(role, permissions)
      if (scopes !== undefined) role.scopes = await checkScopes(this.#app.em, scopes)
    })
  }

  /** Allows scopes of an API, beside those that the role allows already. @throws NotFound, InvalidInput */
  allow(name: string, { resource, scopes }: AllowedScopes, change: Change): Promise<Role> {
    return this.#change(name, change, async role => {
      const all = [...scopes, ...scopesOf(role, resource)]
      role.scopes = { ...role.scopes, ...(await checkScopes(this.#app.em, { [resource]: all })) }
    })
  }

  /** No longer allows scopes of an API; without any named, all of them. @throws NotFound, InvalidInput if the role does not allow one of them */
  disallow(name: string, { resource, scopes }: AllowedScopes, change: Change): Promise<Role> {
    return this.#change(name, change, role => {
      const allowed = scopesOf(role, resource)
      const missing = allowed.length === 0 ? resource : scopes.find(scope => !allowed.includes(scope))
      if (missing !== undefined) throw new InvalidInput({ scopes: `the role ${name} does not allow ${missing}` })
      const { [resource]: _taken, ...others } = role.scopes
      const left = scopes.length === 0 ? [] : allowed.filter(scope => !scopes.includes(scope))
      role.scopes = left.length === 0 ? others : { ...others, [resource]: left }
    })
  }

  #change(
    name: string,
    { by, within = OPERATOR_RIGHTS, expect }: Change,
    change: (role: Role) => void | Promise<void>,
  ): Promise<Role> {
    return this.#app.atomically(async () => {
      const role = await this.#locked(name, { within, expect })
      const before = role.summary()
      await change(role)
      within.requireToGive(`the role ${name}`, role.permissions)
      this.#app.audit.record('role.updated', { by, target: name, changes: difference(before, role.summary()) })
      return role
    })
  }

  /**
   * Removes the role, and unassigns it from every account.
   * @throws Forbidden for a built-in role, or one that permits what is not `within`; Conflict if it decides who may sign in to
   *   an application
   */
  async remove(name: string, { by, within = OPERATOR_RIGHTS, expect }: Change): Promise<void> {
    await this.#app.atomically(async () => {
      const role = await this.#locked(name, { within, expect })
      if (role.builtIn) throw new Forbidden(`${name} is a built-in role and cannot be removed`)
      const clients = await this.#app.em.execute<{ id: string }[]>(LIMITED_CLIENTS, [name, name])
      if (clients.length > 0)
        throw new Conflict(
          `the role ${name} decides who may sign in to ${clients.map(({ id }) => id).join(', ')}; change that first`,
        )
      const holders = await this.#app.em.execute<{ account_id: string }[]>(HOLDERS, [name])
      for (const { account_id: subject } of holders) {
        this.#app.audit.record('role.unassigned', { by, subject, target: name, reason: 'role-removed' })
        this.#app.changes.notify(`account:${subject}`)
      }
      this.#app.em.remove(role)
      this.#app.audit.record('role.removed', { by, target: name })
    })
  }

  async #locked(name: string, { within, expect }: { within: Rights } & Pick<Change, 'expect'>): Promise<Role> {
    await this.lock(name)
    const role = await this.find(name)
    within.requireToGive(`the role ${name}`, role.permissions)
    expect?.(role)
    return role
  }

  /** Prevents other transactions from assigning or unassigning this role until this one ends. */
  async lock(name: string): Promise<void> {
    if (isText(name))
      await this.#app.em.findOne(Role, { name }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  }
}

function scopesOf({ scopes }: Pick<Role, 'scopes'>, resource: string): readonly string[] {
  return Object.hasOwn(scopes, resource) ? scopes[resource]! : []
}
