import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { InvalidInput } from '../base/refusals.ts'

const HOLD = 'select name from role where name in (?) for key share'

/**
 * Prevents roles that something names from being removed until the transaction ends.
 * @param fields the names, by the field that has them @throws InvalidInput if there is no such role
 */
export async function holdRoles(em: SqlEntityManager, fields: Record<string, readonly string[]>): Promise<void> {
  const named = Object.values(fields).flat()
  if (named.length === 0) return
  const held = await em.execute<{ name: string }[]>(HOLD, [named])
  const known = new Set(held.map(({ name }) => name))
  for (const [field, roles] of Object.entries(fields)) {
    const unknown = roles.find(role => !known.has(role))
    if (unknown !== undefined) throw new InvalidInput({ [field]: `there is no role ${JSON.stringify(unknown)}` })
  }
}
