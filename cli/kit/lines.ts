import { aligned } from './output.ts'

/** A line for each value in a nested summary: `policy.domains  example.com`. */
export function inLines(summary: Record<string, unknown>): string {
  return aligned(Object.entries(summary).flatMap(([name, value]) => spread(name, value)))
}

function spread(name: string, value: unknown): [string, unknown][] {
  const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  if (!nested) return [[name, value]]
  const inner = Object.entries(value).flatMap(([member, each]) => spread(`${name}.${member}`, each))
  return inner.length > 0 ? inner : [[name, null]]
}
