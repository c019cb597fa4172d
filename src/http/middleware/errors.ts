import { STATUS_CODES } from 'node:http'
import type { Logger } from '../../base/log.ts'
import type { OutageLog } from '../../base/outage-log.ts'
import { StoreUnavailable } from '../../base/refusals.ts'
import { translatorFor } from '../../i18n/translator.ts'
import { clearResponse } from '../../oidc/provider/clear-response.ts'
import { type ErrorResponse, errorResponse, setStatus } from '../kit/errors/error-responses.ts'
import { fieldProblem } from '../kit/errors/field-problems.ts'
import type { Show } from '../kit/pages/show.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import { setPageHeaders } from './security-headers.ts'

/** Turns every error into an answer: a page for people, problem details (RFC 9457) for programs. */
export function answerErrors({ show, log, outages }: { show: Show; log: Logger; outages: OutageLog }): Handler {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body == null) ctx.throw(404)
    } catch (error) {
      const answer = errorResponse(error)
      ctx.state.notes.error = error
      if (error instanceof StoreUnavailable) outages.note(error, ctx.state.requestId)
      else if (answer.status >= 500 && answer.code === 'server_error') {
        log.error({ err: error, requestId: ctx.state.requestId }, 'a request failed')
      }
      respond(ctx, answer, show)
    }
  }
}

function respond(ctx: Context, answer: ErrorResponse, show: Show): void {
  const { status, code, detail, fields, retryAfter } = answer
  const { requestId } = ctx.state
  clearResponse(ctx, status)
  setPageHeaders(ctx)
  setStatus(ctx, answer)
  ctx.set('Cache-Control', 'no-store')
  if (!ctx.path.startsWith('/api/') && ctx.accepts('html', 'json') === 'html') {
    show(ctx, 'error', { status, code, requestId, retryAfter, back: null, developer: null })
    return
  }
  ctx.type = 'application/problem+json'
  const problem = { type: 'about:blank', title: STATUS_CODES[status], status, detail, code, request_id: requestId }
  const wrong = Object.keys(fields).length > 0 ? { fields, messages: messagesFor(fields, ctx.state) } : {}
  ctx.body = JSON.stringify({ ...problem, ...wrong })
}

/** A message for each invalid field, in the language of the request: what is wrong and what is expected. */
function messagesFor(fields: ErrorResponse['fields'], { locale, action }: Context['state']): Record<string, string> {
  const translator = translatorFor(locale)
  const sentences = Object.entries(fields).map(([field, word]) => {
    // What nouns for operators refuse, they explain in words.
    if (word.includes(' ')) return [field, word]
    const { key, vars } = fieldProblem(field, word, action)
    return [field, translator.t(key, vars)]
  })
  return Object.fromEntries(sentences)
}
