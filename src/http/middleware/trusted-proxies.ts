import { BlockList, isIP, SocketAddress } from 'node:net'
import type { Logger } from '../../base/log.ts'

/** What proxies and load balancers use as request ids: hexadecimal digits, UUIDs, trace ids with their separators. */
const REQUEST_ID = /^[\w.:=+/@-]{8,128}$/
/** An entry that is no address is shown in the log up to here. */
const SHOWN = 64

/**
 * The proxies in front (TRUST_PROXY), and what is believed of their headers: the visitor's address and the id of a
 * request. Whatever comes from another peer is ignored.
 */
export class TrustedProxies {
  readonly #ranges = new BlockList()
  readonly #any: boolean
  readonly #log: Logger
  #warned = false

  constructor(ranges: readonly string[], log: Logger) {
    this.#any = ranges.length > 0
    this.#log = log
    for (const range of ranges) {
      const [written = '', bits] = range.split('/')
      // One address is compared in the form in which visitors' addresses are read.
      const address = bits === undefined ? (readAddress(written) ?? '') : written
      const version = isIP(address)
      if (version) this.#ranges.addSubnet(address, Number(bits ?? (version === 6 ? 128 : 32)), family(version))
    }
  }

  /**
   * The peer's own address, or what trusted proxies say of the visitor: X-Forwarded-For is read from its end, and only as
   * far as each hop is trusted. What is no address ends the reading, and the first such entry is logged.
   */
  addressOf(peer: string | undefined, forwarded: string): string | null {
    let address = readAddress(peer ?? '')
    if (!this.#any || forwarded === '') return address
    for (const hop of forwarded.split(',').reverse()) {
      if (!this.#trusts(address)) break
      const read = readAddress(hop)
      if (read === null) {
        this.#warn(address, hop)
        break
      }
      address = read
    }
    return address
  }

  /** The X-Request-Id that a trusted peer sends; null where it sends none that is well-formed. */
  requestIdOf(peer: string | undefined, sent: string): string | null {
    return this.#any && REQUEST_ID.test(sent) && this.#trusts(readAddress(peer ?? '')) ? sent : null
  }

  #trusts(address: string | null): boolean {
    return address !== null && this.#ranges.check(address, family(isIP(address)))
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
 * a zone, IPv4 mapped into IPv6. Always returned in the same form, so that one visitor is counted once. Null: no address.
 */
function readAddress(written: string): string | null {
  const [, quoted] = /^"(.*)"$/.exec(written.trim()) ?? []
  const text = (quoted ?? written).trim()
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const address = (bracketed ?? withPort ?? text).replace(/%.*$/s, '')
  if (isIP(address) === 4) return bracketed === undefined ? address : null
  if (isIP(address) !== 6) return null
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  return /^::ffff:([\d.]+)$/.exec(canonical)?.[1] ?? canonical
}

function family(version: number): 'ipv4' | 'ipv6' {
  return version === 6 ? 'ipv6' : 'ipv4'
}
