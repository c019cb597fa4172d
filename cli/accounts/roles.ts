import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import type { Verb, Work } from '../kit/verb.ts'

/** Which account has which roles: `gatehouse accounts roles …`. */
export function roleAssignments(accounts: Verb): void {
  const roles = accounts.noun('roles', 'Manage the roles of an account')

  roles.verb('list <account>', 'List the roles of an account', 'ada@example.com').runOnAccount(show)

  roles
    .verb('add <account> <role...>', 'Add roles to an account', 'ada@example.com admin editor')
    .runOnAccount(async (work, account, names: string[]) => {
      await work.app.roles.assign(account, names, { by: operator })
      await show(work, account)
    })

  roles
    .verb(
      'remove <account> <role...>',
      'Remove roles from an account; the last superuser cannot lose that role',
      'ada@example.com editor',
    )
    .runOnAccount(async (work, account, names: string[]) => {
      await work.app.roles.unassign(account, names, { by: operator })
      await show(work, account)
    })
}

async function show({ app, out }: Work, account: Account): Promise<void> {
  const { id, email } = account
  const roles = await app.roles.of(account)
  out.done({ account: id, email, roles }, `${email}: ${roles.join(', ') || 'no roles'}`)
}
