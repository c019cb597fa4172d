import { DPOP_ALGORITHMS } from '../dpop/proof.js'
import { isWeb } from '../options.js'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/**
 * The metadata of the API (RFC 9728): it says which provider makes tokens for it. A client that knows only the address of
 * the API begins here. There is none if the audience is not an http(s) URL.
 */
export class Metadata {
  #paths
  #answer

  /** @param {import('../options.js').Settled} options */
  constructor({ audience, issuer, scopesSupported, resourceName, dpop, publicUrl }) {
    const { origin, pathname } = isWeb(audience) ? new URL(audience) : { origin: null, pathname: '' }
    const path = WELL_KNOWN + pathname.replace(/\/$/, '')
    /** Its address; the path of the API comes after the well-known name (section 3.1). */
    this.url = origin === null ? null : origin + path
    this.#paths = origin === null ? [] : [path, WELL_KNOWN]
    /** @type {import('../types.d.ts').Answer} */
    this.#answer = {
      status: 200,
      headers: { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' },
      body: JSON.stringify({
        resource: audience,
        authorization_servers: [issuer],
        scopes_supported: scopesSupported,
        bearer_methods_supported: ['header'],
        ...(publicUrl !== null && { dpop_signing_alg_values_supported: DPOP_ALGORITHMS }),
        ...(dpop?.required && { dpop_bound_access_tokens_required: true }),
        resource_name: resourceName,
      }),
    }
  }

  /** Null if the request is not for the document. @param {{ method: string, path: string }} request */
  answerTo({ method, path }) {
    return ['GET', 'HEAD'].includes(method) && this.#paths.includes(path) ? this.#answer : null
  }
}
