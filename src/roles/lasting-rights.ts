import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { Rights } from './rights.ts'

const LASTING = `
  select role_name from assignment where account_id = ? and (ends_at is null or ends_at >= ?::timestamptz)`

/**
 * Those of the rights of an actor that last until a time; null: without end. Otherwise a person whose role ends could give it
 * to themselves, or to another account, for longer.
 */
export async function lastingRights(
  { em, roles }: Needs<'em' | 'roles'>,
  rights: Rights,
  { by, until }: { by: Actor; until: Date | null },
): Promise<Rights> {
  if (by.kind !== 'account') return rights
  const held = await em.execute<{ role_name: string }[]>(LASTING, [by.id, until?.toISOString() ?? 'infinity'])
  return rights.limitedTo(await roles.permissionsOf(held.map(({ role_name: name }) => name)))
}
