import { DPOP_ALGORITHMS } from '../dpop/proof.js'

/**
 * Turns a refusal into a response. A 401 or 403 has a challenge of each scheme that the API accepts (RFC 9449 section 7.1);
 * the one that the client used has the error.
 * @param {import('./refusal.js').Refusal} refusal
 * @param {{ scheme: 'Bearer' | 'DPoP', schemes: readonly string[], metadataUrl: string | null }} api
 * @returns {import('../types.d.ts').Answer}
 */
export function answerTo({ status, code, message, parameters, headers }, { scheme, schemes, metadataUrl }) {
  /** @type {Record<string, string>} */
  const problem = code === null ? {} : { error: code, error_description: message }
  const about = metadataUrl === null ? [] : [['resource_metadata', metadataUrl]]
  const [used, ...others] = [...new Set([...schemes.filter(name => name === scheme), ...schemes])]
  const challenges = [
    challenge(used, [...Object.entries({ ...problem, ...parameters }), ...about]),
    ...others.map(name => challenge(name, about)),
  ]
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      ...(status === 503 ? {} : { 'WWW-Authenticate': challenges.join(', ') }),
      ...headers,
    },
    body: JSON.stringify(code === null ? { error: 'unauthorized', error_description: message } : problem),
  }
}

/** @param {string | undefined} scheme @param {string[][]} parameters */
function challenge(scheme, parameters) {
  const algorithms = scheme === 'DPoP' ? [['algs', DPOP_ALGORITHMS.join(' ')]] : []
  const written = [...parameters, ...algorithms].map(([name, value]) => `${name}="${quotable(value)}"`)
  return [scheme, written.join(', ')].filter(Boolean).join(' ')
}

/** RFC 6750 section 3: neither quotes nor backslashes, and only visible ASCII and the space. */
function quotable(text = '') {
  return text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')
}
