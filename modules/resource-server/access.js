import { texts } from './tokens/claims.js'

/**
 * What the handler of a request sees of its access token.
 * @param {import('./types.d.ts').Claims} claims
 * @param {{ token: string, rolesClaim: string }} of
 * @returns {import('./types.d.ts').Access}
 */
export function accessOf(claims, { token, rolesClaim }) {
  const { sub, client_id, scope, permissions, act } = claims
  const actor = /** @type {{ sub?: unknown } | undefined} */ (act)?.sub
  return Object.freeze({
    subject: String(sub),
    clientId: String(client_id),
    scopes: new Set(typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []),
    roles: Object.freeze(texts(claims[rolesClaim])),
    permissions: Object.freeze(texts(permissions)),
    claims,
    token,
    ...(typeof actor === 'string' && { actor: Object.freeze({ subject: actor }) }),
  })
}
