import getRawBody from 'raw-body'
import { InvalidInput } from '../../base/refusals.ts'
import type { Context } from '../kit/request/context.ts'

const LIMIT = 64 * 1024
const MAX_DEPTH = 8

/** The JSON of a request; undefined where there is no body. Throws HTTP errors: 400, 413, 415. @throws InvalidInput */
export async function readJson(ctx: Context): Promise<unknown> {
  if (!ctx.get('transfer-encoding') && Number(ctx.get('content-length') || 0) === 0) return undefined
  if (!ctx.is('application/json')) ctx.throw(415, 'the body must be application/json')
  const bytes = await getRawBody(ctx.req, { limit: LIMIT, length: ctx.get('content-length') || null })
  const value = parse(ctx, bytes)
  ctx.state.notes.body = value
  if (tooDeep(value, MAX_DEPTH)) ctx.throw(400, `the JSON is nested deeper than ${MAX_DEPTH} levels`)
  if (!storable(value)) throw new InvalidInput({ body: 'contains a null character, or half of a surrogate pair' })
  return value
}

function parse(ctx: Context, bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return ctx.throw(400, 'the body is not valid JSON in UTF-8')
  }
}

/** Stops at the limit, so that its own recursion is bounded. */
function tooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(each => tooDeep(each, levels - 1))
}

/** Whether the database can store all text in it: PostgreSQL has neither null characters nor unpaired surrogates. */
function storable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, each]) => storable(name) && storable(each))
}
