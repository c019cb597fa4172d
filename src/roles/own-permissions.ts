import { Forbidden, InvalidInput } from '../base/refusals.ts'
import { type Permission, SUPERUSER_PERMISSIONS } from '../clients/permissions.ts'
import { parsed, permissions as schema } from '../clients/registration.ts'
import type { Role } from './role.ts'

/** @throws InvalidInput for one that no role but `superuser` may have */
export function grantable(names: readonly Permission[]): Permission[] {
  const permissions = parsed(schema, names, 'permissions')
  const alone = permissions.find(name => SUPERUSER_PERMISSIONS.includes(name))
  if (alone) throw new InvalidInput({ permissions: `${alone} is for superusers alone` })
  return permissions
}

/** @throws InvalidInput, Forbidden for a built-in role */
export function setPermissions(role: Role, names: readonly Permission[]): void {
  if (role.builtIn)
    throw new Forbidden(
      `the permissions of the built-in role ${role.name} cannot be changed; create a role of your own`,
    )
  role.ownPermissions = grantable(names)
}
