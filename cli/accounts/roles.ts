import { operator } from '../../src/base/actor.ts'
import type { Verb } from '../verb.ts'
import { type Session, type Work, withApp } from '../with-app.ts'

/** Who has which roles: `gatehouse accounts roles …`. */
export function roleAssignments(accounts: Verb, session: Session): void {
  const roles = accounts.noun('roles', 'the roles that a person has')

  roles
    .command('list <account>')
    .description('list the roles of an account')
    .example('accounts roles list ada@example.com')
    .action(withApp(session, show))

  roles
    .command('add <account> <role...>')
    .description('give an account roles')
    .example('accounts roles add ada@example.com admin editor')
    .action(
      withApp(session, async (work, idOrEmail: string, names: string[]) => {
        const { accounts, roles } = work.app
        await roles.add(await accounts.find(idOrEmail), names, { by: operator })
        await show(work, idOrEmail)
      }),
    )

  roles
    .command('remove <account> <role...>')
    .description('take roles from an account; the last superuser keeps theirs')
    .example('accounts roles remove ada@example.com editor')
    .action(
      withApp(session, async (work, idOrEmail: string, names: string[]) => {
        const { accounts, roles } = work.app
        await roles.remove(await accounts.find(idOrEmail), names, { by: operator })
        await show(work, idOrEmail)
      }),
    )
}

async function show({ app, out }: Work, idOrEmail: string): Promise<void> {
  const account = await app.accounts.find(idOrEmail)
  const roles = await app.roles.of(account)
  out.done({ account: account.id, email: account.email, roles }, `${account.email}: ${roles.join(', ') || 'no roles'}`)
}
