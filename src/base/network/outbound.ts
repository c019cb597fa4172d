import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import { Agent, fetch, type RequestInit, Response } from 'undici'
import { isPublic, isRange, within } from './ip-ranges.ts'

/**
 * Sends requests to addresses that others control (jwks_uri, backchannel_logout_uri, upstream providers, webhooks). Only
 * public addresses are allowed. Special-purpose ones (RFC 6890) are refused after name resolution, so the address that is
 * checked is the one that is connected to. Redirects are not followed; time and size are limited. OUTBOUND_ALLOW
 * permits hosts, single ports of hosts, and networks.
 */
export type Outbound = (url: string | URL, init?: RequestInit, limits?: OutboundLimits) => Promise<Response>

interface OutboundLimits {
  /** Milliseconds for a whole request; 5000 by default, 10 000 at most. */
  timeout?: number
  /** The size of the response; 512 KiB by default, which is also the maximum. */
  maxBytes?: number
}

const TIMEOUT_MS = 5_000
const LONGEST_MS = 10_000
const MAX_BYTES = 512 * 1024
const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 }

/** @param options.timeout milliseconds for every request, whatever it asks for; for tests */
export function createOutbound(allow: readonly string[], options: { timeout?: number | undefined } = {}): Outbound {
  const allowed = within(allow.filter(isRange))
  const allowedHosts = new Set(allow.map(host => host.toLowerCase()))
  const permitted = (address: string) => allowed(address) || isPublic(address)

  function guardedLookup(
    hostname: string,
    options: LookupOptions,
    done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, [])
      const open = addresses.filter(({ address }) => permitted(address))
      const [first] = open
      if (!first) return done(refused(hostname), [])
      return options.all ? done(null, open) : done(null, first.address, first.family)
    })
  }

  const longest = options.timeout ?? LONGEST_MS
  const bounds = { headersTimeout: longest, bodyTimeout: longest, maxResponseSize: MAX_BYTES }
  const guarded = new Agent({ ...bounds, connect: { lookup: guardedLookup, timeout: longest } })
  const trusting = new Agent({ ...bounds, connect: { timeout: longest } })

  return async (url, init = {}, { timeout = TIMEOUT_MS, maxBytes = MAX_BYTES } = {}) => {
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const listed = allowedHosts.has(host) || allowedHosts.has(`${hostname}:${port || PORTS[protocol]}`)
    if (protocol !== 'https:' && !(protocol === 'http:' && (listed || allowed(host)))) throw refused(host)
    if (isIP(host) && !listed && !permitted(host)) throw refused(host)
    const signal = AbortSignal.timeout(options.timeout ?? timeout)
    const dispatcher = listed ? trusting : guarded
    const response = await fetch(url, { ...init, dispatcher, redirect: 'error', signal })
    return response.body ? new Response(response.body.pipeThrough(atMost(maxBytes)), response) : response
  }
}

/** Limits the size after decompression, which the agent doesn't see. */
function atMost(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.byteLength
      if (seen > bytes) controller.error(new Error(`the response is larger than ${bytes} bytes`))
      else controller.enqueue(chunk)
    },
  })
}

function refused(host: string): Error {
  return new Error(`outbound requests to ${host} are not allowed; OUTBOUND_ALLOW can allow them`)
}
