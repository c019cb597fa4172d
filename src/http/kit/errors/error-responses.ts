import { HttpError } from 'koa'
import { Refusal, type RefusalCode } from '../../../base/refusals.ts'
import type { Context } from '../request/context.ts'

/**
 * Turns a refusal into an answer, for pages and JSON alike, so that no handler catches one. A page has a table from the code
 * of each refusal that it handles (base/refusals.ts) to its own code for it:
 *
 *     await attempt(ctx, () => app.passwordChanges.change(account, typed, { by }), {
 *       says: { wrong_credentials: 'wrong', too_many_attempts: 'too-many-attempts', invalid_input: 'invalid' },
 *       again: problem => this.page(ctx, { typed, problem }),
 *     })
 *
 * If the work is refused with a code of the table, `attempt` sets the status and Retry-After of the answer, and `again`
 * shows the form again with what was typed. A function in the table answers by itself, with another page or a redirect.
 * A refusal that is not in the table becomes the error page, or problem details (middleware/errors.ts).
 */
export async function handleRefusals<Word extends string>(
  ctx: Context,
  work: () => Promise<unknown> | unknown,
  {
    refusals,
    onRefusal,
  }: { refusals: RefusalCodes<Word>; onRefusal?: (problem: PageProblem<Word>) => Promise<void> | void },
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const said = error instanceof Refusal ? refusals[error.code] : undefined
    if (!(error instanceof Refusal) || said === undefined) throw error
    if (typeof said === 'function') return said(error)
    setStatus(ctx, error)
    await onRefusal?.({ code: said, fields: error.fields, ...retryAfterOf(error) })
  }
}

/** A page's code for each refusal that it handles, or a function that answers it. */
export type RefusalCodes<Word extends string> = {
  readonly [Code in RefusalCode]?: Word | ((refusal: Refusal) => Promise<void> | void)
}

/** A refusal, as a page shows it. */
export interface PageProblem<Word extends string = string> {
  code: Word
  /** What is wrong with each field, as a code of the noun that refused it. */
  fields: Readonly<Record<string, string>>
  /** seconds */
  retryAfter?: number
}

/** What every error answer has. */
export interface ErrorResponse {
  status: number
  code: string
  detail: string
  fields: Readonly<Record<string, string>>
  retryAfter: number | null
  headers: Readonly<Record<string, string>>
}

/** The answer to any error. A refusal is its own answer; the answer to a bug reveals nothing about it. */
export function errorResponse(error: unknown): ErrorResponse {
  if (error instanceof Refusal) return error
  const nothing = { fields: {}, retryAfter: null, headers: {} }
  if (error instanceof HttpError && error.expose) {
    const { status, message: detail } = error
    return { status, code: CODES[status] ?? 'invalid_request', detail, ...nothing }
  }
  return { status: 500, code: 'server_error', detail: 'something went wrong here', ...nothing }
}

/** Sets the status and the headers of an error answer, such as Retry-After. */
export function setStatus(ctx: Context, { status, headers }: Pick<ErrorResponse, 'status' | 'headers'>): void {
  ctx.status = status
  ctx.set({ ...headers })
}

/** The `retryAfter` of a page, left out if waiting does not help. */
export function retryAfterOf({ retryAfter }: Pick<ErrorResponse, 'retryAfter'>): { retryAfter?: number } {
  return retryAfter === null ? {} : { retryAfter }
}

/** The codes of errors that Koa and its parsers throw, by status. */
const CODES: Record<number, string> = {
  403: 'forbidden_form',
  404: 'not_found',
  413: 'request_too_large',
  429: 'too_many_requests',
  503: 'busy',
}
