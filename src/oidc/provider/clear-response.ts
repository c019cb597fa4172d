import type { ServerResponse } from 'node:http'

/** Headers that a response keeps when its work has failed: they identify the response or say who may read it. */
const KEPT =
  /^(x-request-id|strict-transport-security|cross-origin-opener-policy|vary|connection|allow|dpop-nonce|ratelimit|ratelimit-policy)$/
const CORS = /^access-control-/
/** Set by the work to describe a client error; kept below status 500. */
const CHALLENGE = 'www-authenticate'

/**
 * Clears a response that becomes an error: removes the redirect, cookies and content headers that the failed work set.
 * @param keep further headers that belong to the error
 */
export function clearResponse({ res }: { res: ServerResponse }, status: number, keep: RegExp = /^$/): void {
  for (const name of res.getHeaderNames()) {
    const kept = KEPT.test(name) || CORS.test(name) || keep.test(name) || (name === CHALLENGE && status < 500)
    if (!kept) res.removeHeader(name)
  }
}
