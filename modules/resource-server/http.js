/** For servers of node:http, without a framework. */
import { nodeRequest, send } from './node-request.js'
import { ProtectedApi } from './protected-api.js'
import { permissionRequired, roleRequired, scopeRequired, stepUpRequired } from './requirements.js'

/** @typedef {import('./http.d.ts').Authenticated} Authenticated */

/** @implements {Declared} @typedef {import('./http.d.ts').Refused} Declared */
export class Refused extends Error {
  /** @param {import('./types.d.ts').Answer} answer */
  constructor(answer) {
    super(`the request was refused with ${answer.status}`)
    this.answer = answer
  }

  /** @param {import('node:http').ServerResponse} res */
  send(res) {
    send(res, this.answer)
  }
}

/** @type {typeof import('./http.d.ts').protect} */
export const protect = options => {
  const api = new ProtectedApi(options)

  /** @type {import('./http.d.ts').HttpProtection['authenticate']} */
  const authenticate = async (req, res) => {
    const { answer, ...admitted } = await api.admit(nodeRequest(req))
    if (!('access' in admitted)) throw new Refused(/** @type {import('./types.d.ts').Answer} */ (answer))
    for (const [name, value] of Object.entries(admitted.headers)) res?.setHeader(name, value)
    return Object.assign(req, { access: admitted.access }).access
  }

  return {
    ...api.controls,
    authenticate,
    handler: handle => async (req, res) => {
      const document = api.metadata(nodeRequest(req))
      if (document) return send(res, document)
      try {
        await authenticate(req, res)
        await handle(/** @type {Authenticated} */ (req), res)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        error.send(res)
      }
    },
  }
}

/** @param {import('./requirements.js').Requirement} requirement @returns {import('./http.d.ts').Check} */
function check(requirement) {
  return ({ access }) => {
    const answer = requirement(access)
    if (answer) throw new Refused(answer)
  }
}

/** @type {typeof import('./http.d.ts').requireScope} */
export const requireScope = name => check(scopeRequired(name))
/** @type {typeof import('./http.d.ts').requireRole} */
export const requireRole = name => check(roleRequired(name))
/** @type {typeof import('./http.d.ts').requirePermission} */
export const requirePermission = name => check(permissionRequired(name))
/** @type {typeof import('./http.d.ts').requireStepUp} */
export const requireStepUp = stepUp => check(stepUpRequired(stepUp))
