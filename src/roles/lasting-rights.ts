import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { OPERATOR_RIGHTS, Rights } from './rights.ts'
import { Role, SUPERUSER } from './role.ts'

const LASTING = `
  select role_name from assignment where account_id = ? and (ends_at is null or ends_at >= ?::timestamptz)`

/** What these roles permit, as the database has them now: within a transaction, the cache of `Roles` can't be asked. */
export async function storedRights(em: SqlEntityManager, names: readonly string[]): Promise<Rights> {
  const roles = await em.find(Role, { name: { $in: [...names] } })
  return new Rights(
    roles.flatMap(({ permissions }) => permissions),
    names.includes(SUPERUSER),
  )
}

/**
 * Those of the rights of an actor that last until a time; null: without end. Otherwise a person whose role ends could give it
 * to themselves, or to another account, for longer.
 */
export async function lastingRights(
  em: SqlEntityManager,
  rights: Rights,
  { by, until }: { by: Actor; until: Date | null },
): Promise<Rights> {
  if (by.kind !== 'account' || rights === OPERATOR_RIGHTS) return rights
  const held = await em.execute<{ role_name: string }[]>(LASTING, [by.id, until?.toISOString() ?? 'infinity'])
  const names = held.map(({ role_name: name }) => name)
  return rights.limitedTo((await storedRights(em, names)).permissions)
}
