import { HttpError } from 'koa'
import type { RefusalCode } from '../../../base/refusal-status.ts'
import { Refusal } from '../../../base/refusals.ts'
import type { Context } from '../request/context.ts'

/**
 * Turns a refusal into an answer, so that no page catches one itself. `refusals` maps the code of each refusal that the page
 * handles to the page's own code; then the status and Retry-After are set, and `onRefusal` shows the form again. A function
 * in the table writes its own answer. Any other refusal becomes the error page, or problem details (middleware/errors.ts).
 */
export async function handleRefusals<Word extends string>(
  ctx: Context,
  work: () => Promise<unknown> | unknown,
  { refusals, onRefusal }: { refusals: RefusalCodes<Word>; onRefusal?: (problem: PageProblem<Word>) => unknown },
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const code = error instanceof Refusal ? refusals[error.code] : undefined
    if (!(error instanceof Refusal) || code === undefined) throw error
    ctx.state.notes.error = error
    if (typeof code === 'function') return code(error)
    setStatus(ctx, error)
    await onRefusal?.({ code, fields: error.fields, retryAfter: error.retryAfter })
  }
}

/** A page's code for each refusal that it handles, or a function that answers it. */
export type RefusalCodes<Word extends string> = {
  readonly [Code in RefusalCode]?: Word | ((refusal: Refusal) => Promise<void> | void)
}

/** Why a page shows its form again. */
export interface PageError<Code extends string> {
  code: Code
  /** seconds; null if waiting does not help */
  retryAfter?: number | null
}

/** A refusal, as a page receives it. */
export interface PageProblem<Word extends string = string> extends PageError<Word> {
  /** What is wrong with each field, as a code of the noun that refused it. */
  fields: Readonly<Record<string, string>>
}

export type ErrorResponse = Pick<Refusal, 'status' | 'detail' | 'fields' | 'retryAfter' | 'headers'> & { code: string }

/** The response to any error. The response to a bug reveals nothing about it. */
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

/** The codes of errors that Koa and its parsers throw, by status. */
const CODES: Record<number, string> = {
  403: 'forbidden_form',
  404: 'not_found',
  413: 'request_too_large',
  429: 'too_many_requests',
  503: 'busy',
}
