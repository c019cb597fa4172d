import { defineEntity, p } from '@mikro-orm/core'

/** The roles that Gatehouse itself uses. The first migration creates them, and they are never removed. */
export const SUBSCRIBER = 'subscriber'
export const SUPERUSER = 'superuser'

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
    createdAt: p.datetime(),
  },
})

/**
 * A name that applications receive in the `roles` claim. A role may also allow scopes of APIs, and decide who may sign in
 * to an application.
 */
export class Role extends RoleSchema.class {
  summary() {
    const { name, description, builtIn, scopes } = this
    return { name, description, builtIn, scopes }
  }
}

RoleSchema.setClass(Role)
