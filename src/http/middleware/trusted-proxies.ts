import type { IncomingMessage } from 'node:http'
import proxyAddr from 'proxy-addr'
import type { Logger } from '../../base/log.ts'
import { canonicalAddress, within } from '../../base/network/ip-ranges.ts'

/** Request ids as proxies and load balancers write them: hexadecimal digits, UUIDs, trace ids with separators. */
const REQUEST_ID = /^[\w.:=+/@-]{8,128}$/
/** An empty entry of X-Forwarded-For. The library would skip it, but it must count as an invalid address. */
const EMPTY = /(?<=^|,)\s*(?=,|$)/g
/** The number of characters of an invalid entry that are logged. */
const SHOWN = 64

/**
 * The proxies of TRUST_PROXY. Their headers give the client's IP address and the request id; those of any other peer are
 * ignored.
 */
export class TrustedProxies {
  readonly #within: (ip: string) => boolean
  readonly #log: Logger
  #warned = false

  constructor(ranges: readonly string[], log: Logger) {
    this.#within = within(ranges)
    this.#log = log
  }

  /**
   * The client's IP address: the peer's own, or what trusted proxies report. X-Forwarded-For is read from its end, as long
   * as each hop is trusted. An invalid entry ends this: the proxy that sent it counts as the client, and the first is logged.
   */
  addressOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string | null {
    const sent = headers['x-forwarded-for']
    const forwarded = sent && String(sent).replace(EMPTY, 'empty')
    const request = { socket, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage
    const hops = proxyAddr.all(request, hop => this.#trusts(hop))
    const last = hops.at(-1)
    const address = readAddress(last)
    if (address !== null || hops.length === 1) return address
    const proxy = readAddress(hops.at(-2))
    this.#warn(proxy, last ?? '')
    return proxy
  }

  /** The X-Request-Id of a trusted peer; null if it is missing or malformed. */
  requestIdOf({ headers, socket }: IncomingMessage): string | null {
    const sent = headers['x-request-id']
    return typeof sent === 'string' && REQUEST_ID.test(sent) && this.#trusts(socket.remoteAddress) ? sent : null
  }

  #trusts(hop: string | undefined): boolean {
    const address = readAddress(hop)
    return address !== null && this.#within(address)
  }

  #warn(proxy: string | null, entry: string): void {
    if (this.#warned) return
    this.#warned = true
    this.#log.warn(
      { proxy, entry: entry.trim().slice(0, SHOWN) },
      'X-Forwarded-For has an entry that is not an IP address; the proxy is treated as the client (logged once)',
    )
  }
}

/**
 * Parses an IP address as proxies write it (RFC 7239 section 6 and practice): quoted, in brackets, with a port, with a
 * zone, IPv4 mapped into IPv6. Returns one canonical form, so that one client is counted once; null if it is no address.
 */
function readAddress(written = ''): string | null {
  const [, quoted] = /^"(.*)"$/.exec(written.trim()) ?? []
  const text = (quoted ?? written).trim()
  const [, bracketed] = /^\[([^\]]*:[^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  return canonicalAddress(bracketed ?? withPort ?? text)
}
