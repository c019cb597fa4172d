import { randomBytes } from 'node:crypto'

/** The counter of IDs within the current millisecond. */
let last = { at: 0, count: 0 }

/**
 * A UUIDv7 (RFC 9562 section 5.7). IDs sort by creation time, and within one process also in the same millisecond
 * (section 6.2, method 1). For rows, never for secrets.
 */
export function newId(now: Date = new Date()): string {
  const at = now.getTime()
  const bytes = randomBytes(16)
  // The counter starts at a random value in the lower half of its 12 bits, which leaves room for 2048 more IDs: more
  // than one millisecond can produce.
  last = { at, count: at === last.at ? last.count + 1 : bytes.readUInt16BE(6) & 0x7ff }
  bytes.writeUIntBE(at, 0, 6)
  bytes.writeUInt16BE(0x7000 | (last.count & 0xfff), 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The lowest ID of a time: those of all rows that were created since then are at least this. */
export function firstId(time: Date): string {
  const hex = Math.min(Math.max(0, time.getTime()), 0xffff_ffff_ffff).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text can be looked up in a uuid column; PostgreSQL raises an error on anything else. */
export function isId(text: string): boolean {
  return UUID.test(text)
}

/** Whether a text could be taken for an ID, in any notation of UUIDs. */
export function looksLikeId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.replaceAll('-', ''))
}

/** Whether a text can be looked up in a text column; PostgreSQL raises an error on the null character. */
export function isText(text: string): boolean {
  return !text.includes('\0')
}
