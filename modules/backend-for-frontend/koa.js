/** For Koa. */
export { MemoryStore, Refusal } from './browser-sessions.js'

import { Application } from './application.js'
import { forwarding } from './forward/forward.js'
import { fromNode } from './requests/node.js'
import { answerTo } from './routes.js'

/** @type {typeof import('./koa.d.ts').browserSessions} */
export function browserSessions(options) {
  const app = new Application(options)
  return {
    middleware: middleware(request => answerTo(app, request)),
    of: ctx => app.sessionOf(incoming(ctx)),
    forward: (path, target, more) => middleware(forwarding(app, path, target, more)),
  }
}

/**
 * @param {(request: import('./requests/incoming.js').Incoming) => Promise<import('./requests/answers.js').Answer> | null} answer
 * @returns {import('koa').Middleware}
 */
function middleware(answer) {
  return async (ctx, next) => {
    const found = await answer(incoming(ctx))
    if (found === null) return next()
    ctx.status = found.status
    ctx.body = found.body
    // Koa sets a type with the body; what the answer says counts.
    ctx.remove('Content-Type')
    for (const [name, value] of Object.entries(found.headers)) ctx.set(name, value)
  }
}

/** @param {import('koa').Context} ctx */
function incoming(ctx) {
  const { originalUrl, req, res } = ctx
  const parsed = /** @type {{ body?: unknown }} */ (ctx.request).body
  return { ...fromNode(req, res), target: originalUrl, parsed }
}
