import { HttpError } from 'koa'
import { Refusal, type RefusalCode } from '../../base/refusals.ts'
import type { Context } from './context.ts'

/**
 * From a refusal to an answer, for pages and JSON alike. No handler catches a refusal. What a page says of each is a table
 * from the code of the refusal (base/refusals.ts) to the page's own word for it:
 *
 *     await attempt(ctx, () => app.passwordChange.change(account, typed, { by }), {
 *       says: { 'wrong-credentials': 'wrong', 'too-many-attempts': 'too-many-attempts', invalid_input: 'invalid' },
 *       again: problem => this.page(ctx, { typed, problem }),
 *     })
 *
 * Where the work is refused with a code of the table, `attempt` sets the status and Retry-After of the answer, and `again`
 * shows the form once more, with what was typed. A function in place of a word answers by itself: another page, a redirect.
 * A refusal that the table does not name becomes the page of all errors, or problem details (middleware/errors.ts).
 */
export async function attempt<Word extends string>(
  ctx: Context,
  work: () => Promise<unknown> | unknown,
  { says, again }: { says: Says<Word>; again?: (problem: Problem<Word>) => Promise<void> | void },
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const said = error instanceof Refusal ? says[error.code] : undefined
    if (!(error instanceof Refusal) || said === undefined) throw error
    if (typeof said === 'function') return said(error)
    begin(ctx, error)
    await again?.({ code: said, fields: error.fields, ...waiting(error) })
  }
}

/** What a page says of the refusals that it knows. */
export type Says<Word extends string> = {
  readonly [Code in RefusalCode]?: Word | ((refusal: Refusal) => Promise<void> | void)
}

/** What was wrong, as a page shows it. */
export interface Problem<Word extends string = string> {
  code: Word
  /** What is wrong with each field, in words of the noun that refused it. */
  fields: Readonly<Record<string, string>>
  /** seconds */
  retryAfter?: number
}

/** What every answer has that says no. */
export interface Answer {
  status: number
  code: string
  detail: string
  fields: Readonly<Record<string, string>>
  retryAfter: number | null
  headers: Readonly<Record<string, string>>
}

/** The answer to any error: a refusal is its own; of a bug nothing is said. */
export function answerTo(error: unknown): Answer {
  if (error instanceof Refusal) return error
  const nothing = { fields: {}, retryAfter: null, headers: {} }
  if (error instanceof HttpError && error.expose) {
    const { status, message: detail } = error
    return { status, code: CODES[status] ?? 'invalid_request', detail, ...nothing }
  }
  return { status: 500, code: 'server_error', detail: 'something went wrong here', ...nothing }
}

/** Begins an answer that says no: its status, and when to come again. */
export function begin(ctx: Context, { status, headers }: Pick<Answer, 'status' | 'headers'>): void {
  ctx.status = status
  ctx.set({ ...headers })
}

/** For a page that tells when to come again, where waiting helps. */
export function waiting({ retryAfter }: Pick<Answer, 'retryAfter'>): { retryAfter?: number } {
  return retryAfter === null ? {} : { retryAfter }
}

/** Of errors that Koa and its parsers throw. */
const CODES: Record<number, string> = {
  403: 'forbidden_form',
  404: 'not_found',
  413: 'request_too_large',
  429: 'too_many_requests',
  503: 'busy',
}
