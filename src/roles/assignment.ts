import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { Role } from './role.ts'

const AssignmentSchema = defineEntity({
  name: 'Assignment',
  tableName: 'assignment',
  primaryKeys: ['account', 'role'],
  properties: {
    account: () => p.manyToOne(Account).primary(),
    role: () => p.manyToOne(Role).primary().fieldName('role_name'),
    givenAt: p.datetime(),
    /** The actor who assigned it, such as `operator` or `account:019dfb8e-…`; null for one of an earlier release. */
    givenBy: p.text().nullable(),
    /** From then on it counts nowhere; null if it has no end. */
    endsAt: p.datetime().nullable(),
  },
})

/** The assignment of a role to an account. */
export class Assignment extends AssignmentSchema.class {
  summary() {
    const { role, givenAt, givenBy = null, endsAt = null } = this
    return { role: role.name, givenAt, givenBy, endsAt }
  }

  endedBy(now: Date): boolean {
    return this.endsAt != null && this.endsAt <= now
  }
}

AssignmentSchema.setClass(Assignment)
