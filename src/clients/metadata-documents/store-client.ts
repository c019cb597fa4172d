import { isDeepStrictEqual } from 'node:util'
import { difference } from '../../audit/difference.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, orNull } from '../../base/refusals.ts'
import { insert } from '../../storage/database/insert.ts'
import { Client } from '../client.ts'

/** Stores a client as its document describes it, or what has changed since it was stored. */
export async function storeClient(
  described: Client,
  { em, audit, clock }: Needs<'em' | 'audit' | 'clock'>,
  { by }: { by: Actor },
): Promise<void> {
  const { id } = described
  const stored = await em.findOne(Client, { id })
  if (stored) {
    const { createdAt, ...now } = described.fields()
    const { createdAt: _, ...before } = stored.fields()
    if (isDeepStrictEqual(now, before)) return
    const shown = stored.audited()
    Object.assign(stored, now)
    audit.record('client.updated', { by, target: id, changes: difference(shown, stored.audited()) })
    await em.flush()
    return
  }
  const client = Object.assign(new Client(), described.fields(), { createdAt: clock.now() })
  audit.record('client.registered', { by, target: id, reason: 'metadata-document' })
  // Two people may be the first to consent at the same time.
  const done = await orNull(Conflict, insert(em, client, `${id} is stored already`))
  if (done === null) em.clear()
}
