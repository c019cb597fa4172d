import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import { future } from '../kit/values.ts'
import type { Verb, Work } from '../kit/verb.ts'

/** Which account has which roles: `gatehouse accounts roles …`. */
export function roleAssignments(accounts: Verb): void {
  const roles = accounts.noun('roles', 'Manage the roles of an account')

  roles
    .verb('list <account>', 'List the roles of an account, who assigned them, and until when', 'ada@example.com')
    .runOnAccount(show)

  roles
    .verb(
      'add <account> <role...>',
      'Add roles to an account, or change until when it has them',
      'ada@example.com admin editor',
      'ada@example.com editor --until 30d',
      'ada@example.com editor --until none',
    )
    .option(
      '--until <when>',
      'Until when: 8h, 30d, 2027-01-31 (the end of that day in UTC), 2027-01-31T18:00Z, or none',
      future,
    )
    .runOnAccount(async (work, account, names: string[], { until }: { until?: Date | null }) => {
      await work.app.assignments.assign(account, names, { by: operator, until })
      await show(work, account)
    })

  roles
    .verb(
      'remove <account> <role...>',
      'Remove roles from an account; the last superuser cannot lose that role',
      'ada@example.com editor',
    )
    .runOnAccount(async (work, account, names: string[]) => {
      await work.app.assignments.unassign(account, names, { by: operator })
      await show(work, account)
    })
}

async function show({ app, out }: Work, account: Account): Promise<void> {
  const assignments = await app.assignments.of(account)
  out.table(assignments, ['role', 'givenAt', 'givenBy', 'endsAt'], `${account.email} has no roles.`)
}
