import { createHash } from 'node:crypto'
import { PreconditionFailed } from '../../../base/refusals.ts'

/** A strong entity tag of a JSON answer (RFC 9110 section 8.8.3). */
export function etagOf(representation: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(representation)).digest('base64url')
  return `"${digest.slice(0, 22)}"`
}

/** @param ifMatch the header; empty if the request has none @throws PreconditionFailed */
export function requireMatch(ifMatch: string, representation: unknown): void {
  if (ifMatch === '' || ifMatch.trim() === '*') return
  const named = ifMatch.split(',').map(each => each.trim())
  if (!named.includes(etagOf(representation))) throw new PreconditionFailed()
}
