import { isoTime, macOf } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'

/**
 * What was found when the event was linked. `mac`: its MAC proved it. `adopted`: it is of an earlier release, and is proven from
 * then on. `wrong`: its MAC did not prove it.
 */
export type Proof = 'mac' | 'adopted' | 'wrong'

/** A link of the chain. It never changes, and stays when its event is deleted. MACs and links are hexadecimal. */
export interface Link {
  /** 1 for the first. */
  seq: number
  eventId: string
  kind: string
  /** The time of the event in the form of `StoredEvent`. */
  at: string
  /** The MAC of the event; null if it had none. */
  eventMac: string | null
  proof: string
  link: string
}

/** The bounds of its numbers, of which SQL may have written any. */
export const LOWEST = '-9223372036854775808'
export const HIGHEST = '9223372036854775807'

/** Selects `Link` from `audit_link l`. */
export const LINK = `
  l.seq::text as seq, l.event_id::text as "eventId", l.kind as "linkKind", extract(epoch from l.at)::text as "linkAt",
  encode(l.event_mac, 'hex') as "eventMac", l.proof, encode(l.link, 'hex') as link`

/** A row of `LINK`. */
export interface LinkRow {
  seq: string
  eventId: string
  linkKind: string
  linkAt: string
  eventMac: string | null
  proof: string
  link: string
}

export function linkOf({ seq, linkKind, linkAt, ...rest }: LinkRow): Link {
  const { eventId, eventMac, proof, link } = rest
  return { seq: Number(seq), eventId, kind: linkKind, at: linkAt, eventMac, proof, link }
}

/** @param previous the link before @returns hexadecimal */
export function linkMac({ mac }: OpenAuditKey, previous: string, link: Omit<Link, 'link'>): string {
  const { seq, eventId, kind, at, eventMac, proof } = link
  return macOf(mac, ['link', previous, seq, eventId, kind, isoTime(at), eventMac, proof])
}
