/** For Hono: what the token says is in `c.get('access')`. */
import { pathOf } from './node-request.js'
import { ProtectedApi } from './protected-api.js'
import { permissionRequired, roleRequired, scopeRequired, stepUpRequired } from './requirements.js'

/** @type {typeof import('./hono.d.ts').protect} */
export const protect = options => {
  const api = new ProtectedApi(options)

  /** @type {import('hono').MiddlewareHandler} */
  const metadata = async (c, next) => {
    const document = api.metadata(requestOf(c))
    if (document) return respond(c, document)
    await next()
  }
  /** @type {import('hono').MiddlewareHandler} */
  const middleware = async (c, next) => {
    const document = api.metadata(requestOf(c))
    if (document) return respond(c, document)
    const admitted = await api.admit(requestOf(c))
    if (admitted.answer) return respond(c, admitted.answer)
    c.set('access', admitted.access)
    for (const [name, value] of Object.entries(admitted.headers)) c.header(name, value)
    await next()
  }
  return Object.assign(middleware, { metadata, ...api.controls })
}

/** @param {import('hono').Context} c @returns {import('./protected-api.js').ApiRequest} */
function requestOf({ req }) {
  return { method: req.method, path: pathOf(req.url), header: name => req.header(name) }
}

/** @param {import('hono').Context} c @param {import('./types.d.ts').Answer} answer */
function respond(c, { status, headers, body }) {
  return c.newResponse(body, /** @type {401} */ (status), headers)
}

/** @param {import('./requirements.js').Requirement} requirement @returns {import('hono').MiddlewareHandler} */
function guard(requirement) {
  return async (c, next) => {
    const answer = requirement(c.get('access'))
    if (answer) return respond(c, answer)
    await next()
  }
}

/** @type {typeof import('./hono.d.ts').requireScope} */
export const requireScope = name => guard(scopeRequired(name))
/** @type {typeof import('./hono.d.ts').requireRole} */
export const requireRole = name => guard(roleRequired(name))
/** @type {typeof import('./hono.d.ts').requirePermission} */
export const requirePermission = name => guard(permissionRequired(name))
/** @type {typeof import('./hono.d.ts').requireStepUp} */
export const requireStepUp = stepUp => guard(stepUpRequired(stepUp))
