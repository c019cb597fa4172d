import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { looksLikeId } from '../base/ids.ts'
import { InvalidInput, NotFound } from '../base/refusals.ts'
import { type Client, COMMAND_LINE_CLIENT, OWN_CLIENT } from './client.ts'

/** Who changes a client, and what must hold of it. */
export interface ClientChange {
  by: Actor
  /** Called with the locked client; throws if it may not be changed as it is. */
  expect?: ((client: Client) => void) | undefined
  /** Called with the locked client, and with what it becomes; throws if the actor may not change or make such a client. */
  allow?: ((client: Client) => void) | undefined
}

/** @throws NotFound */
export function existing(id: string, client: Client | null): Client {
  if (!client) throw new NotFound(`there is no client ${JSON.stringify(id)}`)
  return client
}

/** A client that operators can change. @throws InvalidInput */
export function changeable(client: Client): Client {
  if (client.registeredBy === 'metadata-document')
    throw new InvalidInput({ client: `${client.id} describes itself: what counts is the document at this address` })
  return client
}

/** Changes a client, which is locked, if it may be changed, and may become what it becomes. */
export async function guarded<T>(
  client: Client,
  { expect, allow }: ClientChange,
  work: (client: Client) => T | Promise<T>,
): Promise<T> {
  allow?.(client)
  expect?.(client)
  const changed = await work(client)
  allow?.(client)
  return changed
}

/** Checks the ID that an operator chose for a new client. @throws InvalidInput */
export function requireFreeId(id: string): void {
  // A client is the `sub` of its own tokens, which must never name a person.
  if (looksLikeId(id)) throw new InvalidInput({ id: 'must not look like an account id (a UUID); choose another' })
  if (id === OWN_CLIENT || id === COMMAND_LINE_CLIENT)
    throw new InvalidInput({ id: 'is reserved for Gatehouse itself; choose another' })
}

const CONSENTS = 'select account_id from consent where client_id = ?'

/** The IDs of the accounts that have allowed the client something. */
export async function consentingAccounts(em: SqlEntityManager, clientId: string): Promise<string[]> {
  const consents = await em.execute<{ account_id: string }[]>(CONSENTS, [clientId])
  return consents.map(({ account_id: id }) => id)
}
