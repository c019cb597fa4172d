import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { isoTime, provenAs, STORED_EVENT, type StoredEvent } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import type { StoredTip } from '../audit/tip.ts'
import type { Findings } from './findings.ts'

const PAGE = 20_000
const PAGE_END = `
  select max(p.id::text) as last from (select id from audit_event where (?::uuid is null or id > ?::uuid) order by id limit ${PAGE}) p`
const UNLINKED = `
  select ${STORED_EVENT} from audit_event e
  where (?::uuid is null or e.id > ?::uuid) and e.id <= ?::uuid
    and not exists(select from audit_link l where l.event_id = e.id)
  order by e.id`
/** A new event gets its link within about a second. */
const LONGEST_WAIT_MS = 60_000

interface Unlinked {
  key: OpenAuditKey
  tip: StoredTip | null
  findings: Findings
  now: Date
}

/** Reports the events that have no link, and should. @returns how many rightly wait for one */
export async function checkUnlinked(em: SqlEntityManager, details: Unlinked): Promise<number> {
  let [waiting, last]: [number, string | null] = [0, null]
  for (;;) {
    const [page]: { last: string | null }[] = await em.execute(PAGE_END, [last, last])
    if (!page?.last) return waiting
    for (const event of await em.execute<StoredEvent[]>(UNLINKED, [last, last, page.last])) {
      if (isWaiting(event, details)) waiting++
      else report(event, details)
    }
    last = page.last
  }
}

function isWaiting(event: StoredEvent, { key, tip, now }: Unlinked): boolean {
  if (event.pending)
    // The time is proven by the MAC.
    return provenAs(key.mac, event) !== null && now.getTime() - Date.parse(isoTime(event.at)) <= LONGEST_WAIT_MS
  const adopted = tip?.adoptedTo ?? null
  return event.mac === null && key.bound !== null && event.id <= key.bound && (adopted === null || event.id > adopted)
}

function report(event: StoredEvent, { key, findings }: Unlinked): void {
  const about = { event: event.id, at: isoTime(event.at) }
  const proven = provenAs(key.mac, event) !== null
  if (event.mac === null && !event.pending)
    findings.add('unlinked', {
      ...about,
      detail: 'the event has no proof: if an earlier release wrote it, gatehouse audit adopt takes it into the chain',
    })
  else if (!proven) findings.add('inserted', about)
  else findings.add(event.pending ? 'waiting too long' : 'unlinked', about)
}
