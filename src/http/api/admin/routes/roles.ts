import { z } from 'zod'
import {
  ADMIN_PERMISSIONS,
  ALL_PERMISSIONS,
  describePermission,
  SUPERUSER_PERMISSIONS,
} from '../../../../clients/permissions.ts'
import type { Role as StoredRole } from '../../../../roles/role.ts'
import { route } from '../route.ts'
import { json } from '../values.ts'

export const permission = z.enum(ALL_PERMISSIONS).meta({ id: 'Permission' })
const scopes = z
  .record(z.string(), z.array(z.string()))
  .meta({ description: 'The scopes that it allows at APIs, by their resource indicator.' })

const Role = z
  .object({
    name: z.string(),
    description: z.string(),
    built_in: z.boolean(),
    permissions: z.array(permission).meta({ description: 'What it permits at Gatehouse itself.' }),
    scopes,
  })
  .meta({ id: 'Role' })

const roleJson = (role: StoredRole) => json(role.summary()) as z.input<typeof Role>

const described = {
  description: z.string().max(500, 'too-long').optional(),
  permissions: z.array(permission).optional(),
  scopes: scopes.optional(),
}

export const roles = {
  listPermissions: route({
    method: 'get',
    path: '/permissions',
    permission: 'roles:read',
    summary: 'Everything that can be permitted, and who has it',
    answer: z.object({
      permissions: z.array(
        z.object({ name: permission, description: z.string(), admin: z.boolean(), superuser_only: z.boolean() }),
      ),
    }),
    does: () => ({
      permissions: ALL_PERMISSIONS.map(name => ({
        name,
        description: describePermission(name),
        admin: ADMIN_PERMISSIONS.includes(name),
        superuser_only: SUPERUSER_PERMISSIONS.includes(name),
      })),
    }),
  }),

  listRoles: route({
    method: 'get',
    path: '/roles',
    permission: 'roles:read',
    summary: 'All roles',
    answer: z.object({ roles: z.array(Role) }),
    does: async ({ app }) => ({ roles: (await app.roles.list()).map(roleJson) }),
  }),

  createRole: route({
    method: 'post',
    path: '/roles',
    permission: 'roles:write',
    summary: 'Create a role',
    description: 'No one gives a role a permission that they do not have.',
    body: z.strictObject({ name: z.string().max(63, 'too-long'), ...described }).meta({ title: 'NewRole' }),
    answer: Role,
    refuses: [403, 409],
    does: async ({ app, by, rights, body }) => roleJson(await app.roles.create(body, { by, within: rights })),
  }),

  getRole: route({
    method: 'get',
    path: '/roles/:role',
    permission: 'roles:read',
    summary: 'One role',
    answer: Role,
    versioned: true,
    does: async ({ app, params }) => roleJson(await app.roles.find(params.role)),
  }),

  updateRole: route({
    method: 'patch',
    path: '/roles/:role',
    permission: 'roles:write',
    summary: 'Change a role',
    description: 'What is left out stays as it is; `permissions` and `scopes` are replaced as a whole.',
    body: z.strictObject(described).meta({ title: 'RoleUpdate' }),
    answer: Role,
    versioned: true,
    refuses: [403],
    does: async ({ app, by, rights, params, body, expect }) =>
      roleJson(
        await app.roles.update(params.role, body, { by, within: rights, expect: role => expect(roleJson(role)) }),
      ),
  }),

  removeRole: route({
    method: 'delete',
    path: '/roles/:role',
    permission: 'roles:write',
    summary: 'Remove a role, including from every account that has it',
    versioned: true,
    refuses: [403, 409],
    does: ({ app, by, rights, params, expect }) =>
      app.roles.remove(params.role, { by, within: rights, expect: role => expect(roleJson(role)) }),
  }),
}
