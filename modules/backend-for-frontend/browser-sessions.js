/**
 * Sign-in for browser applications, with the tokens on the server: the browser has only a cookie without meaning. This is
 * the form for node:http and Express; `koa.js`, `fastify.js` and `hono.js` are the others. What is the same for all is
 * in `application.js`, and the routes are in `routes.js`.
 */
import { Application } from './application.js'
import { forwarding } from './forward/forward.js'
import { refused } from './requests/answers.js'
import { fromNode, send } from './requests/node.js'
import { inOneLine, Refusal } from './requests/refusal.js'
import { answerTo } from './routes.js'
import { MemoryStore } from './sessions/memory-store.js'

export { MemoryStore, Refusal }

/** @type {typeof import('./browser-sessions.d.ts').browserSessions} */
export function browserSessions(options) {
  const app = new Application(options)
  return {
    middleware: middleware(request => answerTo(app, request)),
    of: req => app.sessionOf(fromNode(req)),
    forward: (path, target, more) => middleware(forwarding(app, path, target, more)),
    errors(error, _req, res, next) {
      if (res.headersSent) res.destroy()
      else if (error instanceof Refusal) send(res, refused(error))
      else if (next) next(error)
      else {
        app.log.error(`a request failed: ${inOneLine(error instanceof Error ? (error.stack ?? error) : error)}`)
        send(res, { status: 500, headers: {}, body: 'Internal Server Error' })
      }
    },
  }
}

/**
 * @param {(request: import('./requests/incoming.js').Incoming) => Promise<import('./requests/answers.js').Answer> | null} answer
 * @returns {import('./browser-sessions.d.ts').Middleware}
 */
function middleware(answer) {
  return (req, res, next) => {
    const answered = answer(fromNode(req, res))
    if (answered === null) next()
    else answered.then(found => send(res, found)).catch(() => res.destroy())
  }
}
