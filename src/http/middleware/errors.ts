import { STATUS_CODES } from 'node:http'
import { HttpError } from 'koa'
import type { Logger } from '../../base/log.ts'
import type { OutageLog } from '../../base/outage-log.ts'
import { Refusal, StoreUnavailable } from '../../base/refusals.ts'
import { startAgain } from '../../oidc/failed-answer.ts'
import type { Context, Handler } from '../context.ts'
import { fieldProblem } from '../field-problems.ts'
import type { Locale } from '../locale.ts'
import type { Show } from '../show.ts'
import { wordsIn } from '../words.ts'
import { keepPage } from './security-headers.ts'

interface Answer {
  status: number
  code: string
  message: string
  retryAfter?: number | undefined
  fields?: Readonly<Record<string, string>> | undefined
}

/** The one place where what went wrong becomes an answer: a page for people, problem details (RFC 9457) for programs. */
export function answerErrors({ show, log, outages }: { show: Show; log: Logger; outages: OutageLog }): Handler {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body == null) ctx.throw(404)
    } catch (error) {
      const answer = answerTo(error)
      if (error instanceof StoreUnavailable) outages.note(error, ctx.state.requestId)
      else if (answer.status >= 500 && answer.code === 'server_error') {
        log.error({ err: error, requestId: ctx.state.requestId }, 'failed')
      }
      respond(ctx, answer, show)
    }
  }
}

function respond(ctx: Context, { status, code, message, retryAfter, fields }: Answer, show: Show): void {
  startAgain(ctx, status)
  keepPage(ctx)
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  if (retryAfter) ctx.set('Retry-After', String(retryAfter))
  if (!ctx.path.startsWith('/api/') && ctx.accepts('html', 'json') === 'html') {
    show(ctx, 'error', {
      status,
      code,
      requestId: ctx.state.requestId,
      ...(retryAfter ? { retryAfter } : {}),
      back: null,
      developer: null,
    })
  } else {
    ctx.type = 'application/problem+json'
    ctx.body = JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail: message,
      code,
      requestId: ctx.state.requestId,
      ...(fields ? { fields, messages: messagesFor(fields, ctx.state.locale) } : {}),
    })
  }
}

/** What is wrong with each field and what would be right, in the language of the request. */
function messagesFor(fields: Readonly<Record<string, string>>, locale: Locale): Record<string, string> {
  const said = wordsIn(locale)
  const sentences = Object.entries(fields).map(([field, word]) => {
    const { key, vars } = fieldProblem(field, word)
    return [field, said.t(key, vars)]
  })
  return Object.fromEntries(sentences)
}

function answerTo(error: unknown): Answer {
  if (error instanceof Refusal) {
    const { status, code, message } = error
    const { retryAfter, fields } = error as { retryAfter?: number; fields?: Record<string, string> }
    const detail = error instanceof StoreUnavailable ? error.error_description : message
    return { status, code, message: detail, retryAfter, fields }
  }
  if (error instanceof HttpError && error.expose) {
    return { status: error.status, code: CODES[error.status] ?? 'invalid_request', message: error.message }
  }
  return { status: 500, code: 'server_error', message: 'something went wrong here' }
}

const CODES: Record<number, string> = {
  403: 'forbidden_form',
  404: 'not_found',
  413: 'request_too_large',
  429: 'too_many_requests',
  503: 'busy',
}
