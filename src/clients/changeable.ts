import { InvalidInput, NotFound } from '../base/refusals.ts'
import type { Client } from './client.ts'

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
