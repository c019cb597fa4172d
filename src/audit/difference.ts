import { type Json, jsonbText } from './jsonb-text.ts'

/** The fields that an update changed. */
export type Changes = Record<string, { from: Json; to: Json }>

/** Bytes of all changes of an event. Longer values are replaced by their length. */
const MOST = 8192

/**
 * The fields that differ between two summaries of a thing, which contain no secret; null if none does. Long values are
 * replaced by their length, the longest first, until all fit into an event.
 */
export function difference(before: object, after: object): Changes | null {
  const [from, to] = [plain(before), plain(after)]
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  const changed = names.filter(name => jsonbText(from[name] ?? null) !== jsonbText(to[name] ?? null))
  if (changed.length === 0) return null
  const changes: Changes = {}
  for (const name of changed) changes[name] = { from: from[name] ?? null, to: to[name] ?? null }
  return shortened(changes)
}

/** The same for personal data: which fields were set, changed or removed, without any value. */
export function differenceWithoutValues(before: object, after: object): Changes | null {
  const changes = difference(before, after)
  for (const change of Object.values(changes ?? {})) {
    const [from, to] = [isEmpty(change.from), isEmpty(change.to)]
    Object.assign(change, { from: from ? null : 'set', to: to ? null : from ? 'set' : 'changed' })
  }
  return changes
}

function isEmpty(value: Json): boolean {
  return value === null || value === ''
}

/** As JSON has it, without characters that PostgreSQL refuses. */
function plain(summary: object): Record<string, Json> {
  return cleaned(JSON.parse(JSON.stringify(summary))) as Record<string, Json>
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd')
  // PostgreSQL writes other numbers in its own way.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : String(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [cleaned(name) as string, cleaned(each)] as const),
  )
}

function shortened(changes: Changes): Changes {
  const sides = Object.values(changes).flatMap(change => (['from', 'to'] as const).map(side => ({ change, side })))
  const length = ({ change, side }: (typeof sides)[number]) => jsonbText(change[side]).length
  const longestFirst = sides.sort((one, other) => length(other) - length(one))
  for (const { change, side } of longestFirst) {
    if (Buffer.byteLength(jsonbText(changes)) <= MOST) break
    change[side] = `(${jsonbText(change[side]).length} characters)`
  }
  return changes
}
