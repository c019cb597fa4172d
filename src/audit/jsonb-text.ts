/** A value of JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/**
 * The text of a value as PostgreSQL returns it for a jsonb column: members by the length of their names and then by their
 * bytes, and a space after each comma and colon. Numbers must be whole ones, as in `difference`.
 */
export function jsonbText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).map(([name, each]) => ({ bytes: Buffer.from(name), name, each }))
  members.sort((one, other) => one.bytes.length - other.bytes.length || Buffer.compare(one.bytes, other.bytes))
  return `{${members.map(({ name, each }) => `${JSON.stringify(name)}: ${jsonbText(each)}`).join(', ')}}`
}
