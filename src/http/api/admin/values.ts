import { z } from 'zod'
import { snakeCase } from './names.ts'

/** Values that the bodies, queries and answers of several routes have. */

export const moment = z.iso.datetime().meta({ description: 'A timestamp in UTC (RFC 3339).' })

export const noQuery = z.strictObject({})

const LIMIT = { most: 200, usual: 50 }

/** The number in a query. */
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(LIMIT.most)
  .default(LIMIT.usual)
  .meta({ description: 'Things on a page.' })

export const page = {
  limit,
  after: z.string().max(200).optional().meta({ description: 'The `next` of the page before.' }),
}

export const next = z
  .string()
  .nullable()
  .meta({ description: 'Send it as `after` for the next page; null at the end.' })

/** One more than a page, to know whether another follows. */
export function withNext<T>(found: readonly T[], limit: number, cursor: (item: T) => string): [T[], string | null] {
  const items = found.slice(0, limit)
  return [items, found.length > limit ? cursor(items.at(-1)!) : null]
}

/** The object with the names of its own members in snake_case, and timestamps in UTC; what is inside stays as it is. */
export function json(object: object): Record<string, unknown> {
  const named = Object.entries(object).map(([name, value]) => [
    snakeCase(name),
    value instanceof Date ? value.toISOString() : value,
  ])
  return Object.fromEntries(named)
}
