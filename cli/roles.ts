import { operator } from '../src/base/actor.ts'
import { confirm } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The roles there are; who has them is `gatehouse accounts roles`. */
export function roleCommands(program: Verb, session: Session): void {
  const roles = program.noun('roles', 'what applications receive in the roles claim')

  roles
    .command('list')
    .description('list all roles')
    .example('roles list')
    .action(
      withApp(session, async ({ app, out }) => {
        const summaries = (await app.roles.list()).map(role => role.summary())
        out.table(summaries, ['name', 'description', 'builtIn'], 'There are no roles.')
      }),
    )

  roles
    .command('create <name>')
    .description('make a role')
    .option('--description <text>', 'what it is for')
    .example('roles create editor --description "May change articles"')
    .action(
      withApp(session, async ({ app, out }, name: string, { description = '' }: { description?: string }) => {
        const role = await app.roles.create({ name, description }, { by: operator })
        out.done(role.summary(), `Made the role ${role.name}.`)
      }),
    )

  roles
    .command('update <name>')
    .description('describe a role anew')
    .requiredOption('--description <text>', 'what it is for')
    .example('roles update editor --description "May change articles and pictures"')
    .action(
      withApp(session, async ({ app, out }, name: string, { description }: { description: string }) => {
        const role = await app.roles.describe(name, { description, by: operator })
        out.done(role.summary(), `Updated the role ${role.name}.`)
      }),
    )

  roles
    .command('delete <name>')
    .description('delete a role, and take it from everybody who has it')
    .option('--yes', 'do not ask')
    .example('roles delete editor')
    .action(
      withApp(session, async ({ app, io, out }, name: string, options: { yes?: true }) => {
        const role = await app.roles.find(name)
        await confirm(io, `Delete the role ${role.name}, and take it from everybody?`, options)
        await app.roles.delete(name, { by: operator })
        out.done({ deleted: name }, `Deleted the role ${name}.`)
      }),
    )
}
