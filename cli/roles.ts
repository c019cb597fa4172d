import { operator } from '../src/base/actor.ts'
import type { Permission } from '../src/clients/permissions.ts'
import type { Role } from '../src/roles/role.ts'
import { changed, defined } from './kit/values.ts'
import type { Verb } from './kit/verb.ts'
import { permissions } from './roles/permissions.ts'

const by = { by: operator }

/** The roles that exist; `gatehouse accounts roles` assigns them. */
export function roleCommands(program: Verb): void {
  const roles = program.noun('roles', 'Manage roles, which applications receive in the roles claim')

  roles.verb('list', 'List all roles').run(async ({ app, out }) => {
    const listed = (await app.roles.list()).map(role => ({ ...role.summary(), allows: scopesOf(role) }))
    out.table(listed, ['name', 'description', 'builtIn', 'permissions', 'allows'], 'There are no roles.')
  })

  roles
    .verb('show <name>', 'Show a role, what it permits at Gatehouse itself, and what it allows at APIs', 'editor')
    .run(async ({ app, out }, name: string) => out.record(await app.roles.find(name)))

  roles
    .verb(
      'create <name>',
      'Create a role',
      'editor --description "Can edit articles"',
      'help-desk --permission accounts:read --permission accounts:suspend',
    )
    .option('--description <text>', 'What the role is for')
    .option('--permission <permission>', 'What it permits at Gatehouse itself; repeatable', permissions)
    .run(async ({ app, out }, name: string, { description, permission }: RoleOptions) => {
      const role = await app.roles.create({ name, description, permissions: permission }, by)
      out.done(role, `Created the role ${role.name}.`)
    })

  roles
    .verb(
      'update <name>',
      'Change the description of a role, or what it permits at Gatehouse itself',
      'editor --description "Can edit articles and pictures"',
      'help-desk --add-permission sessions:revoke',
    )
    .option('--description <text>', 'What the role is for')
    .option('--permission <permission>', 'Replace all permissions with these; repeatable', permissions)
    .option('--add-permission <permission>', 'Add a permission; repeatable', permissions)
    .option('--remove-permission <permission>', 'Remove a permission; repeatable', permissions)
    .run(async ({ app, out }, name: string, options: RoleOptions & ListOptions) => {
      const { description, permission: set, addPermission: add, removePermission: remove } = options
      const { permissions } = await app.roles.find(name)
      const changes = defined({ description, permissions: changed(permissions, { set, add, remove }) })
      const role = await app.roles.update(name, changes, by)
      out.done(role, `Updated the role ${role.name}.`)
    })

  roles
    .verb(
      'allow <name> <uri> <scope...>',
      'Allow scopes of an API to people with this role; it counts where the API has --scopes-by-role',
      'editor https://api.example.com articles:read articles:write',
    )
    .run(async ({ app, out }, name: string, resource: string, scopes: string[]) => {
      out.record(await app.roles.allow(name, { resource, scopes }, by), `Updated the role ${name}.`)
    })

  roles
    .verb(
      'disallow <name> <uri> [scope...]',
      'No longer allow scopes of an API; without a scope, all of them',
      'editor https://api.example.com articles:write',
      'editor https://api.example.com',
    )
    .run(async ({ app, out }, name: string, resource: string, scopes: string[]) => {
      out.record(await app.roles.disallow(name, { resource, scopes }, by), `Updated the role ${name}.`)
    })

  roles
    .verb('remove <name>', 'Remove a role, including from every account that has it', 'editor')
    .confirmed()
    .run(async ({ app, out, confirm }, name: string) => {
      const role = await app.roles.find(name)
      await confirm(`Remove the role ${role.name}, including from every account that has it?`)
      await app.roles.remove(name, by)
      out.done({ removed: name }, `Removed the role ${name}.`)
    })
}

/** `https://api.example.com orders:read` */
function scopesOf({ scopes }: Role): string[] {
  return Object.entries(scopes).map(([resource, names]) => `${resource} ${names.join(' ')}`)
}

interface RoleOptions {
  description?: string
  permission?: Permission[]
}

interface ListOptions {
  addPermission?: Permission[]
  removePermission?: Permission[]
}
