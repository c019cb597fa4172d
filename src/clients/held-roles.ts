import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { InvalidInput } from '../base/refusals.ts'
import type { Client } from './client.ts'

const HOLD = 'select name from role where name in (?) for key share'

/**
 * Prevents the roles that decide who may sign in to the client from being removed until the transaction ends.
 * @throws InvalidInput if the client names a role that does not exist
 */
export async function holdRoles(em: SqlEntityManager, { allowedRoles, deniedRoles }: Client): Promise<void> {
  const named = [...allowedRoles, ...deniedRoles]
  if (named.length === 0) return
  const held = await em.execute<{ name: string }[]>(HOLD, [named])
  const known = new Set(held.map(({ name }) => name))
  for (const [field, roles] of Object.entries({ allowedRoles, deniedRoles })) {
    const unknown = roles.find(role => !known.has(role))
    if (unknown !== undefined) throw new InvalidInput({ [field]: `there is no role ${JSON.stringify(unknown)}` })
  }
}
