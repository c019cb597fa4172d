import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { Client } from './client.ts'

const KEY = `select encode(gatehouse_token_key('client:' || ?::text), 'hex') as key`

const keys = new WeakMap<Client, string>()

/**
 * A client, with the key under which its access tokens can be revoked. The key is read first: if the client loses a right in
 * between, a token with that right has the key that was put on the list.
 */
export async function loadClient(em: SqlEntityManager, id: string): Promise<Client | null> {
  const [row] = await em.execute<{ key: string }[]>(KEY, [id])
  const client = await em.findOne(Client, { id })
  if (client) keys.set(client, row!.key)
  return client
}

/** In hexadecimal; null for a client that was not loaded for the protocol. */
export function tokenKeyOf(client: Client): string | null {
  return keys.get(client) ?? null
}
