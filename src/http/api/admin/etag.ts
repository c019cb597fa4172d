import { createHash } from 'node:crypto'
import { PreconditionFailed } from '../../../base/refusals.ts'

/** A strong entity tag of a JSON answer (RFC 9110 section 8.8.3). */
export function etagOf(representation: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(representation, sorted)).digest('base64url')
  return `"${digest.slice(0, 22)}"`
}

/** The order of members says nothing: the database returns JSON in an order of its own. */
function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** @param ifMatch the header; empty if the request has none @throws PreconditionFailed */
export function requireMatch(ifMatch: string, representation: unknown): void {
  if (ifMatch === '' || ifMatch.trim() === '*') return
  // A proxy that compresses answers makes their entity tags weak.
  const named = ifMatch.split(',').map(each => each.trim().replace(/^W\//, ''))
  if (!named.includes(etagOf(representation))) throw new PreconditionFailed()
}
