import type { FetchBody } from 'openid-client'
import type { RequestInit } from 'undici'
import type { Outbound } from '../../base/network/outbound.ts'
import { Unreachable } from './upstream-failure.ts'

/** The `fetch` that both openid-client and jose take. */
export type UpstreamFetch = (
  url: string,
  init: { method: string; headers: Headers | Record<string, string>; body?: FetchBody },
) => Promise<Response>

/**
 * Sends requests to providers through the outbound guard (base/network/outbound.ts), and reads the whole response, so that a
 * slow, endless or unreachable provider is distinguished from one with an invalid response.
 */
export function upstreamFetch(outbound: Outbound): UpstreamFetch {
  return async (url, { method, headers, body }) => {
    const entries = headers instanceof Headers ? Object.fromEntries(headers) : headers
    const init = { method, headers: entries, ...(body == null ? {} : { body: body as RequestInit['body'] & {} }) }
    const { host } = new URL(url)
    const whole = outbound(url, init).then(async response => ({ response, bytes: await response.arrayBuffer() }))
    const { response, bytes } = await whole.catch((cause: unknown) => {
      throw new Unreachable(`${host} is unreachable`, { cause })
    })
    const { status } = response
    if (status >= 500 || status === 429) throw new Unreachable(`${host} answered ${status}`)
    return new Response(bytes.byteLength > 0 ? bytes : null, { status, headers: Object.fromEntries(response.headers) })
  }
}
