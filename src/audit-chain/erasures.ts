import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { provenAs, STORED_EVENT, type StoredEvent } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import { isId } from '../base/ids.ts'

const ERASURES = `
  select ${STORED_EVENT}, l.seq::text as seq, l.proof
  from audit_event e left join audit_link l on l.event_id = e.id
  where e.kind = 'account.erased' and e.subject = any(array(select jsonb_array_elements_text(?::jsonb)::uuid))`
const KEPT = `
  select e.id::text as id from audit_event e where e.id = any(array(select jsonb_array_elements_text(?::jsonb)::uuid))`

/** Without a link, the last two are null. */
type ErasureRow = StoredEvent & { seq: string | null; proof: string | null }

/**
 * Looks for the erasures of accounts that explain why events have lost their personal data.
 * @returns the events that none explains, and whether each is still there
 */
export async function unexplained<E extends StoredEvent>(
  em: SqlEntityManager,
  key: OpenAuditKey,
  events: readonly E[],
): Promise<{ event: E; kept: boolean }[]> {
  if (events.length === 0) return []
  const accounts = [...new Set(events.flatMap(accountsOf))]
  const erased = new Map<string, number>()
  for (const row of await em.execute<ErasureRow[]>(ERASURES, [JSON.stringify(accounts)])) {
    const [account, seq] = [row.subject!, placeOf(row, key)]
    if (seq !== null) erased.set(account, Math.max(seq, erased.get(account) ?? 0))
  }
  // An event names a link that existed before it. So an erasure with that link, or an earlier one, came before the event.
  const isExplained = (event: E) =>
    accountsOf(event).some(account => (erased.get(account) ?? 0) > Number(event.anchorSeq ?? 0))
  const rest = events.filter(event => !isExplained(event))
  if (rest.length === 0) return []
  // Retention deletes an erasure only after these events.
  const found = await em.execute<{ id: string }[]>(KEPT, [JSON.stringify(rest.map(({ id }) => id))])
  const kept = new Set(found.map(({ id }) => id))
  return rest.map(event => ({ event, kept: kept.has(event.id) }))
}

/** The accounts whose erasure changes an event. */
function accountsOf({ subject, actorKind, actorId }: StoredEvent): string[] {
  const actor = actorKind === 'account' && actorId !== null && isId(actorId) ? [actorId.toLowerCase()] : []
  return subject === null ? actor : [subject, ...actor]
}

/**
 * The number of its link, or infinity if it still waits for one; null if it proves nothing. That the link itself was not
 * altered is checked with all other links.
 */
function placeOf(row: ErasureRow, key: OpenAuditKey): number | null {
  if (provenAs(key.mac, row) === null) return null
  if (row.seq === null) return row.pending ? Number.POSITIVE_INFINITY : null
  return row.proof === 'mac' ? Number(row.seq) : null
}
