/** For Express: what the token says is in `req.access`. */
import { nodeRequest, send } from './node-request.js'
import { ProtectedApi } from './protected-api.js'
import { permissionRequired, roleRequired, scopeRequired, stepUpRequired } from './requirements.js'

/** @type {typeof import('./express.d.ts').protect} */
export const protect = options => {
  const api = new ProtectedApi(options)

  /** @type {import('express').RequestHandler} */
  const metadata = (req, res, next) => {
    const document = api.metadata(nodeRequest(req))
    if (document) send(res, document)
    else next()
  }
  /** @type {import('express').RequestHandler} */
  const middleware = async (req, res, next) => {
    try {
      const document = api.metadata(nodeRequest(req))
      if (document) return send(res, document)
      const admitted = await api.admit(nodeRequest(req))
      if (admitted.answer) return send(res, admitted.answer)
      req.access = admitted.access
      res.set(admitted.headers)
      next()
    } catch (error) {
      next(error)
    }
  }
  return Object.assign(middleware, { metadata, ...api.controls })
}

/** @param {import('./requirements.js').Requirement} requirement @returns {import('express').RequestHandler} */
function guard(requirement) {
  return (req, res, next) => {
    const answer = requirement(req.access)
    if (answer) send(res, answer)
    else next()
  }
}

/** @type {typeof import('./express.d.ts').requireScope} */
export const requireScope = name => guard(scopeRequired(name))
/** @type {typeof import('./express.d.ts').requireRole} */
export const requireRole = name => guard(roleRequired(name))
/** @type {typeof import('./express.d.ts').requirePermission} */
export const requirePermission = name => guard(permissionRequired(name))
/** @type {typeof import('./express.d.ts').requireStepUp} */
export const requireStepUp = stepUp => guard(stepUpRequired(stepUp))
