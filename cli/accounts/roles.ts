import { operator } from '../../src/base/actor.ts'
import type { Verb, Work } from '../kit/verb.ts'

/** Which account has which roles: `gatehouse accounts roles …`. */
export function roleAssignments(accounts: Verb): void {
  const roles = accounts.noun('roles', 'Manage the roles of an account')

  roles.verb('list <account>', 'List the roles of an account', 'ada@example.com').run(show)

  roles
    .verb('add <account> <role...>', 'Add roles to an account', 'ada@example.com admin editor')
    .run(async (work, id: string, names: string[]) => {
      const { accounts, roles } = work.app
      await roles.assign(await accounts.find(id), names, { by: operator })
      await show(work, id)
    })

  roles
    .verb(
      'remove <account> <role...>',
      'Remove roles from an account; the last superuser cannot lose that role',
      'ada@example.com editor',
    )
    .run(async (work, id: string, names: string[]) => {
      const { accounts, roles } = work.app
      await roles.unassign(await accounts.find(id), names, { by: operator })
      await show(work, id)
    })
}

async function show({ app, out }: Work, id: string): Promise<void> {
  const account = await app.accounts.find(id)
  const roles = await app.roles.of(account)
  out.done({ account: account.id, email: account.email, roles }, `${account.email}: ${roles.join(', ') || 'no roles'}`)
}
