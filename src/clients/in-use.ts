import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { RESPONSE_TYPES, type ResponseType } from './response-types.ts'
import { OPTIONAL_SCOPES } from './scopes.ts'

const IN_USE = `
  select array(select distinct unnest(response_types) from client) as types,
    array(select distinct unnest(scopes) from client) as scopes`

/** What discovery lists only if a client is registered for it. */
export interface InUse {
  responseTypes: ResponseType[]
  scopes: string[]
}

export async function inUse(em: SqlEntityManager): Promise<InUse> {
  const [used] = await em.execute<{ types: string[]; scopes: string[] }[]>(IN_USE)
  return {
    responseTypes: RESPONSE_TYPES.filter(type => type === 'code' || used?.types.includes(type)),
    scopes: OPTIONAL_SCOPES.filter(scope => used?.scopes.includes(scope)),
  }
}
