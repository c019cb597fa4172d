import { isoTime, provenAs, STORED_EVENT, type StoredEvent, sameMac } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import { firstTip } from '../audit/tip.ts'
import { LINK, type Link, type LinkRow, linkMac, linkOf } from './link.ts'

/** Selects the records of what retention has deleted. */
export const PRUNINGS = `
  select ${LINK}, ${STORED_EVENT}, encode(p.link, 'hex') as previous
  from audit_link l join audit_event e on e.id = l.event_id left join audit_link p on p.seq = l.seq - 1
  where l.kind = 'audit.pruned' order by l.seq`

export type PruningRow = LinkRow & StoredEvent & { previous: string | null }

/** What retention has deleted, so that verification does not miss it. Only proven records count. */
export class Prunings {
  /** By kind, newest first; `before` is the latest time of this record and all later ones. */
  readonly #byKind = new Map<string, { seq: number; before: number }[]>()

  constructor(rows: readonly PruningRow[], key: OpenAuditKey) {
    for (const row of rows.toReversed()) {
      const link = linkOf(row)
      const record = isProven(row, link, key) ? recordOf(row.changes) : null
      for (const kind of record?.kinds ?? []) {
        const later = this.#byKind.get(kind) ?? []
        later.push({ seq: link.seq, before: Math.max(record!.before, later.at(-1)?.before ?? 0) })
        this.#byKind.set(kind, later)
      }
    }
  }

  /** Whether a later record says that events of this kind and time were deleted. */
  excuse({ kind, at, seq }: Link): boolean {
    const time = Date.parse(isoTime(at))
    // The last one that is later than the link covers the most.
    const record = this.#byKind.get(kind)?.findLast(each => each.seq > seq)
    return record !== undefined && time < record.before
  }
}

function isProven(row: PruningRow, link: Link, key: OpenAuditKey): boolean {
  const previous = link.seq === 1 ? firstTip(key).link : row.previous
  return (
    link.proof === 'mac' &&
    provenAs(key.mac, row) !== null &&
    link.eventMac !== null &&
    row.kind === link.kind &&
    previous !== null &&
    sameMac(linkMac(key, previous, link), link.link)
  )
}

/** Proven by the MAC, so it has the form that `AuditRetention` gives it. */
function recordOf(changes: string | null): { kinds: string[]; before: number } {
  const { kinds, before } = JSON.parse(changes ?? '{}')
  return { kinds: kinds.to, before: Date.parse(before.to) }
}
