/** For Fastify: the middleware are plugins, which answer before Fastify reads the body. */
export { MemoryStore, Refusal } from './browser-sessions.js'

import { Application } from './application.js'
import { forwarding } from './forward/forward.js'
import { fromNode, send } from './requests/node.js'
import { answerTo } from './routes.js'

/** @type {typeof import('./fastify.d.ts').browserSessions} */
export function browserSessions(options) {
  const app = new Application(options)
  return {
    middleware: plugin(request => answerTo(app, request)),
    of: request => app.sessionOf({ ...fromNode(request.raw), target: request.originalUrl }),
    forward: (path, target, more) => plugin(forwarding(app, path, target, more)),
  }
}

/**
 * @param {(request: import('./requests/incoming.js').Incoming) => Promise<import('./requests/answers.js').Answer> | null} answer
 * @returns {import('fastify').FastifyPluginAsync}
 */
function plugin(answer) {
  /** @type {import('fastify').FastifyPluginAsync} */
  const added = async fastify => {
    fastify.addHook('onRequest', async (request, reply) => {
      const answered = answer({ ...fromNode(request.raw, reply.raw), target: request.originalUrl })
      if (answered === null) return
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value)
      await send(reply.raw, await answered).catch(() => reply.raw.destroy())
    })
  }
  // For the whole application, not only for the routes of this plugin.
  return Object.assign(added, { [Symbol.for('skip-override')]: true })
}
