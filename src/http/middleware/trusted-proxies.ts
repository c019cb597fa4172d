import type { IncomingMessage } from 'node:http'
import proxyAddr from 'proxy-addr'
import type { Logger } from '../../base/log.ts'
import { canonicalAddress, within } from '../../base/network/networks.ts'

/** What proxies and load balancers use as request ids: hexadecimal digits, UUIDs, trace ids with their separators. */
const REQUEST_ID = /^[\w.:=+/@-]{8,128}$/
/** An entry with nothing in it, which the library would skip: it is no address either. */
const EMPTY = /(?<=^|,)\s*(?=,|$)/g
/** An entry that is no address is shown in the log up to here. */
const SHOWN = 64

/**
 * The proxies in front (TRUST_PROXY), and which of their headers are believed: the visitor's address and the id of a
 * request. The headers of any other peer are ignored.
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
   * The peer's own address, or what trusted proxies say of the visitor: X-Forwarded-For is read from its end, and only as
   * far as each hop is trusted. An entry that is no address ends the reading, and the first such entry is logged.
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

  /** The X-Request-Id that a trusted peer sends; null where it sends none that is well-formed. */
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
      'X-Forwarded-For holds an entry that is not an IP address: the proxy counts as the visitor (logged once)',
    )
  }
}

/**
 * The address in any spelling that proxies write (RFC 7239 section 6 and practice): quoted, in brackets, with a port, with
 * a zone, IPv4 mapped into IPv6. Always returned in the same form, so that one visitor is counted once. null: no address.
 */
function readAddress(written = ''): string | null {
  const [, quoted] = /^"(.*)"$/.exec(written.trim()) ?? []
  const text = (quoted ?? written).trim()
  const [, bracketed] = /^\[([^\]]*:[^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  return canonicalAddress(bracketed ?? withPort ?? text)
}
