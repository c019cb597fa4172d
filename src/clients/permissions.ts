/**
 * What can be done through Gatehouse's own API (clients/own-api.ts). The list is closed: each route names one of them, a
 * role or a machine has some of them, and they are the scopes of its access tokens.
 */
export const PERMISSIONS = {
  'accounts:read': 'Search and read accounts, with their roles and sign-in methods',
  'accounts:write':
    'Create and invite accounts, change names and usernames, mark emails as verified, lift attempt limits',
  'accounts:suspend': 'Suspend and reinstate accounts',
  'accounts:factors': 'Remove the second factors of accounts, and create links for setting a password',
  'accounts:erase': 'Erase accounts for good',
  'accounts:export': 'Export everything that is stored about a person',
  'sessions:read': 'List the browsers in which people are signed in',
  'sessions:revoke': 'Sign people out',
  'grants:read': 'List what applications may do for people',
  'grants:revoke': 'End what applications may do for people',
  'roles:read': 'List roles, and what they allow',
  'roles:write': 'Create, change and remove roles',
  'roles:assign': 'Assign roles to accounts, and unassign them',
  'clients:read': 'List applications and machines, with their registrations',
  'clients:write': 'Register, change and remove applications and machines',
  'clients:secret': 'Renew the secrets of applications and machines',
  'resources:read': 'List the APIs that accept access tokens',
  'resources:write': 'Register, change and remove APIs',
  'providers:read': 'List upstream providers',
  'providers:write': 'Add, change and remove upstream providers',
  'keys:read': 'List signing keys',
  'keys:rotate': 'Rotate signing keys, and remove retired ones',
  'audit:read': 'Read the audit trail',
  'mail:read': 'See how many emails are waiting, without their contents',
} as const satisfies Record<string, string>

export type Permission = keyof typeof PERMISSIONS

export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[]

/** Who has one of these could make anyone a superuser, so no role but `superuser` has them. */
export const SUPERUSER_PERMISSIONS: readonly Permission[] = ['providers:write']

/** What the role `admin` has besides everything that only reads. */
const DAILY_WORK: readonly Permission[] = [
  'accounts:write',
  'accounts:suspend',
  'accounts:factors',
  'sessions:revoke',
  'grants:revoke',
  'roles:assign',
  'clients:write',
  'clients:secret',
]

/** What the role `admin` has: daily work, but nothing that cannot be undone or that changes the installation as a whole. */
export const ADMIN_PERMISSIONS = ALL_PERMISSIONS.filter(name => name.endsWith(':read') || DAILY_WORK.includes(name))

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name)
}
