import type { FetchBody } from 'openid-client'
import type { RequestInit } from 'undici'
import type { Outbound } from '../../base/network/outbound.ts'
import { Unreachable } from './upstream-failure.ts'

/** As both libraries want it that ask providers, openid-client and jose. */
export type UpstreamFetch = (
  url: string,
  init: { method: string; headers: Headers | Record<string, string>; body?: FetchBody },
) => Promise<Response>

/**
 * Requests to providers go the guarded way (base/network/outbound.ts) and are read to their end here, so that one that is slow,
 * endless or down is told from one that says something wrong.
 */
export function upstreamFetch(outbound: Outbound): UpstreamFetch {
  return async (url, { method, headers, body }) => {
    const entries = headers instanceof Headers ? Object.fromEntries(headers) : headers
    const init = { method, headers: entries, ...(body == null ? {} : { body: body as RequestInit['body'] & {} }) }
    const { status, headers: answered, bytes } = await fetchWhole(outbound, url, init)
    if (status >= 500 || status === 429) throw new Unreachable(`${new URL(url).host} answered ${status}`)
    return new Response(bytes.byteLength > 0 ? bytes : null, { status, headers: Object.fromEntries(answered) })
  }
}

async function fetchWhole(outbound: Outbound, url: string, init: RequestInit) {
  try {
    const response = await outbound(url, init)
    return { status: response.status, headers: response.headers, bytes: await response.arrayBuffer() }
  } catch (cause) {
    throw new Unreachable(`${new URL(url).host} cannot be asked`, { cause })
  }
}
