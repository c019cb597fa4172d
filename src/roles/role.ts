import { defineEntity, type Opt, p } from '@mikro-orm/core'
import { ADMIN_PERMISSIONS, ALL_PERMISSIONS, type Permission } from '../clients/permissions.ts'

/** The roles that Gatehouse itself uses. The first migration creates them, and they are never removed. */
export const SUBSCRIBER = 'subscriber'
export const SUPERUSER = 'superuser'
/** Its permissions are those of daily work (clients/permissions.ts). */
const ADMIN = 'admin'

/** Scopes by the resource indicator of their API. */
export type ScopesByResource = Record<string, string[]>

const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'role',
  properties: {
    name: p.text().primary(),
    description: p.text(),
    builtIn: p.boolean(),
    /** What it allows at APIs whose scopes depend on roles. */
    scopes: p.json().$type<ScopesByResource>(),
    /** What it permits at Gatehouse itself; empty for built-in roles, whose permissions can't be changed. */
    ownPermissions: p.array().$type<Permission[]>().fieldName('permissions'),
    createdAt: p.datetime(),
  },
})

/**
 * A name that applications receive in the `roles` claim. A role may also permit something at Gatehouse itself, allow scopes
 * of APIs, and decide who may sign in to an application.
 */
export class Role extends RoleSchema.class {
  /** What it permits at Gatehouse itself. */
  get permissions(): Opt<readonly Permission[]> {
    if (!this.builtIn) return this.ownPermissions
    if (this.name === SUPERUSER) return ALL_PERMISSIONS
    return this.name === ADMIN ? ADMIN_PERMISSIONS : []
  }

  summary() {
    const { name, description, builtIn, permissions, scopes } = this
    return { name, description, builtIn, permissions, scopes }
  }
}

RoleSchema.setClass(Role)
