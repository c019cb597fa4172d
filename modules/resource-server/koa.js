/** For Koa: what the token says is in `ctx.state.access`. */
import { nodeRequest, pathOf } from './node-request.js'
import { ProtectedApi } from './protected-api.js'
import { permissionRequired, roleRequired, scopeRequired, stepUpRequired } from './requirements.js'

/** @type {typeof import('./koa.d.ts').protect} */
export const protect = options => {
  const api = new ProtectedApi(options)
  /** @type {import('koa').Middleware} */
  const metadata = (ctx, next) => {
    const document = api.metadata(requestOf(ctx))
    return document ? respond(ctx, document) : next()
  }
  /** @type {import('koa').Middleware} */
  const middleware = (ctx, next) =>
    metadata(ctx, async () => {
      const admitted = await api.admit(requestOf(ctx))
      if (admitted.answer) return respond(ctx, admitted.answer)
      ctx.state.access = admitted.access
      ctx.set(admitted.headers)
      await next()
    })
  return Object.assign(middleware, { metadata, ...api.controls })
}

/** @param {import('koa').Context} ctx */
function requestOf({ req, originalUrl }) {
  return { ...nodeRequest(req), path: pathOf(originalUrl) }
}

/** @param {import('koa').Context} ctx @param {import('./types.d.ts').Answer} answer */
function respond(ctx, { status, headers, body }) {
  ctx.status = status
  ctx.body = body
  ctx.set(headers)
}

/** @param {import('./requirements.js').Requirement} requirement @returns {import('koa').Middleware} */
function guard(requirement) {
  return (ctx, next) => {
    const answer = requirement(ctx.state.access)
    return answer ? respond(ctx, answer) : next()
  }
}

/** @type {typeof import('./koa.d.ts').requireScope} */
export const requireScope = name => guard(scopeRequired(name))
/** @type {typeof import('./koa.d.ts').requireRole} */
export const requireRole = name => guard(roleRequired(name))
/** @type {typeof import('./koa.d.ts').requirePermission} */
export const requirePermission = name => guard(permissionRequired(name))
/** @type {typeof import('./koa.d.ts').requireStepUp} */
export const requireStepUp = stepUp => guard(stepUpRequired(stepUp))
