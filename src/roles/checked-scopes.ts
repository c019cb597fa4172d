import { LockMode } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { isText } from '../base/ids.ts'
import { InvalidInput } from '../base/refusals.ts'
import { Resource } from '../clients/resource.ts'
import type { ScopesByResource } from './role.ts'

/**
 * Checks the scopes that a role shall allow, each of an API that has it. Requires a transaction: the APIs are not removed
 * before it ends. @throws InvalidInput
 */
export async function checkScopes(em: SqlEntityManager, scopes: ScopesByResource): Promise<ScopesByResource> {
  const allowed: [string, string[]][] = []
  for (const [id, names] of Object.entries(scopes)) {
    if (names.length === 0) continue
    const api = isText(id) ? await em.findOne(Resource, { id }, { lockMode: LockMode.PESSIMISTIC_READ }) : null
    if (!api) throw new InvalidInput({ scopes: `${JSON.stringify(id)} is not a registered API` })
    const known = api.scopes.map(({ name }) => name)
    const unknown = names.find(name => !known.includes(name))
    if (unknown !== undefined)
      throw new InvalidInput({
        scopes: `${id} has no scope ${JSON.stringify(unknown)}; it has: ${known.join(', ') || 'none'}`,
      })
    allowed.push([id, [...new Set(names)].sort()])
  }
  return Object.fromEntries(allowed)
}
