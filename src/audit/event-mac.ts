import { createHmac, timingSafeEqual } from 'node:crypto'
import type { AuditEvent } from './event.ts'
import { type Json, jsonbText } from './jsonb-text.ts'

/** What a MAC says of an event. `erased`: without personal data, after the account was erased. `adopted`: as an earlier release left it. */
type Purpose = 'event' | 'erased' | 'adopted'

/** An event as the database stores it. Any row can be read as one, also one that no release ever wrote. */
export interface StoredEvent {
  id: string
  /** Seconds since the epoch with six decimals; `Infinity` for a time that never comes. */
  at: string
  kind: string
  success: boolean
  reason: string | null
  actorKind: string
  actorId: string | null
  subject: string | null
  target: string | null
  ip: string | null
  userAgent: string | null
  requestId: string | null
  /** The text of the jsonb. */
  changes: string | null
  /** The number of the last link that the writing process had seen. */
  anchorSeq: string | null
  /** That link, hexadecimal. */
  anchorLink: string | null
  /** Hexadecimal. */
  mac: string | null
  pending: boolean | null
}

/** Selects `StoredEvent` from `audit_event e`: everything as text, so that no value fails to be read or is rounded. */
export const STORED_EVENT = `
  e.id::text as id, extract(epoch from e.at)::text as at, e.kind, e.success, e.reason, e.actor_kind as "actorKind",
  e.actor_id as "actorId", e.subject::text as subject, e.target, e.ip, e.user_agent as "userAgent",
  e.request_id as "requestId", e.changes::text as changes,
  e.anchor_seq::text as "anchorSeq", encode(e.anchor_link, 'hex') as "anchorLink", encode(e.mac, 'hex') as mac, e.pending`

/** How the MAC in a row proves the row; null if it does not. */
export function provenAs(key: Buffer, event: StoredEvent): 'event' | 'erased' | null {
  if (event.mac === null) return null
  if (sameMac(eventMac(key, 'event', event), event.mac)) return 'event'
  return sameMac(eventMac(key, 'erased', event), event.mac) ? 'erased' : null
}

/** @returns hexadecimal */
export function eventMac(key: Buffer, purpose: Purpose, event: StoredEvent): string {
  return macOf(key, [purpose, event.id, isoTime(event.at), ...textsOf(event), event.anchorSeq, event.anchorLink])
}

/** The MAC of an event that is about to be written. */
export function newEventMac(key: Buffer, event: AuditEvent): Buffer {
  const changes = event.changes ? jsonbText(event.changes as Json) : null
  const { id, at, subject, anchorSeq, anchorLink } = event
  const anchor = [anchorSeq?.toString() ?? null, anchorLink?.toString('hex') ?? null]
  const texts = textsOf({ ...event, subject: subject?.toLowerCase() ?? null, changes })
  return Buffer.from(macOf(key, ['event', id, at.toISOString(), ...texts, ...anchor]), 'hex')
}

type Texts = Pick<AuditEvent, 'kind' | 'success'> & {
  [Name in 'reason' | 'actorKind' | 'actorId' | 'subject' | 'target' | 'ip' | 'userAgent' | 'requestId' | 'changes']?:
    | string
    | null
    | undefined
}

function textsOf(event: Texts): (string | boolean | null)[] {
  const { kind, success, reason, actorKind, actorId, subject, target, ip, userAgent, requestId, changes } = event
  return [kind, success, reason, actorKind, actorId, subject, target, ip, userAgent, requestId, changes].map(each =>
    // The database stores no half of a surrogate pair.
    typeof each === 'string' ? each.toWellFormed() : (each ?? null),
  )
}

/** The time of a stored event as ISO 8601 with milliseconds, as it was written; anything else stays as it is. */
export function isoTime(epoch: string): string {
  const [, seconds, milliseconds] = /^(\d{1,11})\.(\d{3})000$/.exec(epoch) ?? []
  return seconds ? new Date(Number(seconds) * 1000 + Number(milliseconds)).toISOString() : epoch
}

/** HMAC-SHA-256 over the JSON of the parts, hexadecimal. */
export function macOf(key: Buffer, parts: readonly (string | number | boolean | null)[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex')
}

/** Compares two hexadecimal MACs. */
export function sameMac(one: string, other: string): boolean {
  const [expected, given] = [Buffer.from(one), Buffer.from(other)]
  return expected.length === given.length && timingSafeEqual(expected, given)
}
