import { operator } from '../src/base/actor.ts'
import type { Verb } from './kit/verb.ts'

/** The roles that exist; `gatehouse accounts roles` assigns them. */
export function roleCommands(program: Verb): void {
  const roles = program.noun('roles', 'Manage roles, which applications receive in the roles claim')

  roles.verb('list', 'List all roles').run(async ({ app, out }) => {
    out.table(await app.roles.list(), ['name', 'description', 'builtIn'], 'There are no roles.')
  })

  roles
    .verb('create <name>', 'Create a role', 'editor --description "Can edit articles"')
    .option('--description <text>', 'What the role is for')
    .run(async ({ app, out }, name: string, { description = '' }: { description?: string }) => {
      const role = await app.roles.create({ name, description }, { by: operator })
      out.done(role, `Created the role ${role.name}.`)
    })

  roles
    .verb('update <name>', 'Change the description of a role', 'editor --description "Can edit articles and pictures"')
    .requiredOption('--description <text>', 'What the role is for')
    .run(async ({ app, out }, name: string, { description }: { description: string }) => {
      const role = await app.roles.describe(name, { description, by: operator })
      out.done(role, `Updated the role ${role.name}.`)
    })

  roles
    .verb('remove <name>', 'Remove a role, including from every account that has it', 'editor')
    .confirmed()
    .run(async ({ app, out, confirm }, name: string) => {
      const role = await app.roles.find(name)
      await confirm(`Remove the role ${role.name}, including from every account that has it?`)
      await app.roles.remove(name, { by: operator })
      out.done({ removed: name }, `Removed the role ${name}.`)
    })
}
