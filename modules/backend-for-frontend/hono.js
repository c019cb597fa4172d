/** For Hono, on Node. */
import { Readable } from 'node:stream'

export { MemoryStore, Refusal } from './browser-sessions.js'

import { Application } from './application.js'
import { forwarding } from './forward/forward.js'
import { answerTo } from './routes.js'

/** @type {typeof import('./hono.d.ts').browserSessions} */
export function browserSessions(options) {
  const app = new Application(options)
  return {
    middleware: middleware(request => answerTo(app, request)),
    of: context => app.sessionOf(incoming(context)),
    forward: (path, target, more) => middleware(forwarding(app, path, target, more)),
  }
}

/**
 * @param {(request: import('./requests/incoming.js').Incoming) => Promise<import('./requests/answers.js').Answer> | null} answer
 * @returns {import('hono').MiddlewareHandler}
 */
function middleware(answer) {
  return async (context, next) => {
    const found = await answer(incoming(context))
    if (found === null) return next()
    const headers = new Headers()
    for (const [name, value] of Object.entries(found.headers))
      for (const one of [value].flat()) headers.append(name, one)
    const body = typeof found.body === 'string' ? found.body || null : webStream(found.body)
    return new Response(body, { status: found.status, headers })
  }
}

/**
 * @param {import('hono').Context} context
 * @returns {import('./requests/incoming.js').Incoming}
 */
function incoming({ req: { raw } }) {
  const { pathname, search } = new URL(raw.url)
  return {
    method: raw.method,
    target: `${pathname}${search}`,
    header: name => raw.headers.get(name) ?? undefined,
    headers: () => raw.headers.entries(),
    hasBody: raw.body !== null,
    async *body() {
      if (raw.bodyUsed)
        throw new Error('gatehouse/backend-for-frontend: the body of the request has been read already.')
      if (raw.body !== null) yield* raw.body
    },
    parsed: undefined,
    closed: () => raw.signal,
  }
}

/** @param {Readable} body */
function webStream(body) {
  return /** @type {ReadableStream<Uint8Array>} */ (Readable.toWeb(body))
}
