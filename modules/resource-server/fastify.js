/** For Fastify: what the token says is in `request.access`. */
import { nodeRequest, pathOf } from './node-request.js'
import { ProtectedApi } from './protected-api.js'
import { permissionRequired, roleRequired, scopeRequired, stepUpRequired } from './requirements.js'

/** Fastify applies a plugin with this mark to the routes beside it, not only to those that it adds itself. */
const BESIDE = Symbol.for('skip-override')

/** @type {typeof import('./fastify.d.ts').protect} */
export const protect = options => {
  const api = new ProtectedApi(options)

  /** @type {import('./fastify.d.ts').Hook} */
  const metadata = async (request, reply) => {
    const document = api.metadata(requestOf(request))
    if (document) return respond(reply, document)
  }
  /** @type {import('fastify').FastifyPluginAsync} */
  const plugin = async fastify => {
    if (!fastify.hasRequestDecorator('access')) fastify.decorateRequest('access')
    fastify.addHook('onClose', async () => api.controls.close())
    fastify.addHook('onRequest', metadata)
    fastify.addHook('onRequest', async (request, reply) => {
      const admitted = await api.admit(requestOf(request))
      if (admitted.answer) return respond(reply, admitted.answer)
      request.access = admitted.access
      reply.headers(admitted.headers)
    })
  }
  return Object.assign(plugin, { [BESIDE]: true, metadata, ...api.controls })
}

/** @param {import('fastify').FastifyRequest} request */
function requestOf({ raw, originalUrl }) {
  return { ...nodeRequest(raw), path: pathOf(originalUrl) }
}

/** @param {import('fastify').FastifyReply} reply @param {import('./types.d.ts').Answer} answer */
function respond(reply, { status, headers, body }) {
  return reply.code(status).headers(headers).send(body)
}

/** @param {import('./requirements.js').Requirement} requirement @returns {import('./fastify.d.ts').Hook} */
function guard(requirement) {
  return async (request, reply) => {
    const answer = requirement(request.access)
    if (answer) return respond(reply, answer)
  }
}

/** @type {typeof import('./fastify.d.ts').requireScope} */
export const requireScope = name => guard(scopeRequired(name))
/** @type {typeof import('./fastify.d.ts').requireRole} */
export const requireRole = name => guard(roleRequired(name))
/** @type {typeof import('./fastify.d.ts').requirePermission} */
export const requirePermission = name => guard(permissionRequired(name))
/** @type {typeof import('./fastify.d.ts').requireStepUp} */
export const requireStepUp = stepUp => guard(stepUpRequired(stepUp))
