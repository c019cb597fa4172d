import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** IP addresses and ranges. Only this file uses ipaddr.js. */

/** The addresses of this machine itself (RFC 6890). */
export const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const

type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * Parses an address; null if the text is not one. IPv4 mapped into IPv6 becomes IPv4, and a zone is removed, so that
 * each address has one form. (The library would also accept `127.1` and `0x7f.1`, which proxies don't write.)
 */
function read(text: string): Address | null {
  return isIP(text) === 0 ? null : ipaddr.process(text.replace(/%.*$/s, ''))
}

/** The canonical form of an address (RFC 5952); null if the text is not an address. */
export function canonicalAddress(text: string): string | null {
  return read(text)?.toString() ?? null
}

/** The key that limits count by: an IPv4 address, or the /64 network of an IPv6 address. */
export function network(ip: string | null): string {
  const address = read(ip ?? '')
  if (address === null) return 'unknown'
  if (!('parts' in address)) return address.toString()
  return `${address.parts
    .slice(0, 4)
    .map(part => part.toString(16))
    .join(':')}::/64`
}

/** Whether an address is public, that is, not a special-purpose address (RFC 6890). */
export function isPublic(ip: string): boolean {
  return isIP(ip) !== 0 && ipaddr.parse(ip).range() === 'unicast'
}

/** Whether a text is an address, or a range in CIDR notation (RFC 4632) other than the range of all addresses. */
export function isRange(text: string): boolean {
  if (text.includes('%') || /\/0+$/.test(text)) return false
  return isIP(text) !== 0 || ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text)
}

/** Returns a function that checks whether an address is in one of these addresses and ranges. */
export function within(ranges: readonly string[]): (ip: string) => boolean {
  const parsed = ranges.map(parseRange)
  return ip => {
    const address = read(ip)
    return parsed.some(([start, bits]) => start.kind() === address?.kind() && address.match(start, bits))
  }
}

const onLoopback = within(LOOPBACK)

/** Whether a host name or an address is that of this machine itself. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || onLoopback(host)
}

function parseRange(range: string): [Address, number] {
  const [start, bits] = ipaddr.parseCIDR(range.includes('/') ? range : `${range}/${isIP(range) === 6 ? 128 : 32}`)
  return 'parts' in start && start.isIPv4MappedAddress() && bits >= 96
    ? [start.toIPv4Address(), bits - 96]
    : [start, bits]
}
