import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { isText } from '../base/ids.ts'
import { InvalidInput } from '../base/refusals.ts'
import { Client } from './client.ts'
import type { RegisteredBy } from './self-registration/registration-policy.ts'

export interface ClientFilter {
  /** Only those registered in this way. */
  by?: RegisteredBy | undefined
  /** Only those registered with the registration token of this name. */
  token?: string | undefined
}

/** The filter in terms of the columns. */
export function conditions({ by, token }: ClientFilter) {
  return {
    ...(by !== undefined && { registeredBy: by }),
    ...(token !== undefined && { registeredBy: by ?? 'token', registeredWith: token }),
  }
}

export interface ClientPage extends ClientFilter {
  /** How many at most. */
  limit: number
  /** The last ID of the page before. */
  after?: string | undefined
}

/** In the order of their IDs. @throws InvalidInput */
export function pageOfClients(em: SqlEntityManager, { limit, after = '', ...which }: ClientPage): Promise<Client[]> {
  if (!isText(after)) throw new InvalidInput({ after: 'invalid' })
  return em.find(Client, { ...conditions(which), id: { $gt: after } }, { orderBy: { id: 'asc' }, limit })
}
