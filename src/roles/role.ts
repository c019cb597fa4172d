import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'

/** The roles that Gatehouse itself uses. The first migration creates them, and they are never removed. */
export const SUBSCRIBER = 'subscriber'
export const SUPERUSER = 'superuser'

const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'role',
  properties: {
    name: p.text().primary(),
    description: p.text(),
    builtIn: p.boolean(),
    createdAt: p.datetime(),
  },
})

/** A name that applications receive in the `roles` claim. */
export class Role extends RoleSchema.class {
  summary() {
    return { name: this.name, description: this.description, builtIn: this.builtIn }
  }
}

RoleSchema.setClass(Role)

const AssignmentSchema = defineEntity({
  name: 'Assignment',
  tableName: 'assignment',
  primaryKeys: ['account', 'role'],
  properties: {
    account: () => p.manyToOne(Account).primary(),
    role: () => p.manyToOne(Role).primary().fieldName('role_name'),
    givenAt: p.datetime(),
  },
})

/** The assignment of a role to an account. */
export class Assignment extends AssignmentSchema.class {}

AssignmentSchema.setClass(Assignment)
