import en from '../../locales/en.json' with { type: 'json' }

/**
 * What can be done through Gatehouse's own API (clients/own-api.ts). The list is closed: each route names one of them, a
 * role or a machine has some of them, and they are the scopes of its access tokens.
 */
export const ALL_PERMISSIONS = [
  'accounts:read',
  'accounts:write',
  'accounts:suspend',
  'accounts:factors',
  'accounts:erase',
  'accounts:export',
  'accounts:impersonate',
  'sessions:read',
  'sessions:revoke',
  'grants:read',
  'grants:revoke',
  'roles:read',
  'roles:write',
  'roles:assign',
  'clients:read',
  'clients:write',
  'clients:secret',
  'resources:read',
  'resources:write',
  'providers:read',
  'providers:write',
  'keys:read',
  'keys:rotate',
  'audit:read',
  'mail:read',
  'webhooks:read',
  'webhooks:write',
] as const

export type Permission = (typeof ALL_PERMISSIONS)[number]

const words: Record<string, string> = en

/** In English; `permission.NAME` in the locales. */
export function describePermission(name: Permission): string {
  return words[`permission.${name}`]!
}

/** Who has one of these could make anyone a superuser, so no role but `superuser` has them. */
export const SUPERUSER_PERMISSIONS: readonly Permission[] = ['providers:write']

/** A role may have one of these, but only superusers decide which role, and who has it. */
export const GIVEN_BY_SUPERUSERS: readonly Permission[] = ['accounts:impersonate']

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
export const ADMIN_PERMISSIONS = ALL_PERMISSIONS.filter(
  // The address of a webhook is often a secret.
  name => (name.endsWith(':read') && name !== 'webhooks:read') || DAILY_WORK.includes(name),
)

export function isPermission(name: string): name is Permission {
  return (ALL_PERMISSIONS as readonly string[]).includes(name)
}
