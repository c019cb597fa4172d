import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { Agent, fetch, type RequestInit, Response } from 'undici'

/**
 * Requests to addresses that strangers name (a client's jwks_uri or backchannel_logout_uri, later upstream providers). They reach public addresses
 * only: what is special-use (RFC 6890) is refused after the name has been resolved, on the very address that is then
 * connected to; redirects are not followed; time and size are bounded. An operator's allow-list opens hosts, single ports
 * of hosts, and networks.
 */
export type Outbound = (url: string | URL, init?: RequestInit) => Promise<Response>

const TIMEOUT_MS = 5_000
const MAX_BYTES = 512 * 1024
const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 }

const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
const SPECIAL_IPV6 = [
  '::/128',
  '::1/128',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]

export function createOutbound(allow: readonly string[]): Outbound {
  const special = blockList([...SPECIAL_IPV4, ...SPECIAL_IPV6])
  const allowed = blockList(allow.filter(entry => isIP(entry.split('/')[0]!) !== 0))
  const allowedHosts = new Set(allow.map(host => host.toLowerCase()))
  const permitted = (address: string) => check(allowed, address) || !check(special, address)

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

  const bounds = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, maxResponseSize: MAX_BYTES }
  const guarded = new Agent({ ...bounds, connect: { lookup: guardedLookup, timeout: TIMEOUT_MS } })
  const trusting = new Agent({ ...bounds, connect: { timeout: TIMEOUT_MS } })

  return async (url, init = {}) => {
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const listed = allowedHosts.has(host) || allowedHosts.has(`${hostname}:${port || PORTS[protocol]}`)
    if (protocol !== 'https:' && !(protocol === 'http:' && (listed || check(allowed, host)))) throw refused(host)
    if (isIP(host) && !listed && !permitted(host)) throw refused(host)
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const dispatcher = listed ? trusting : guarded
    const response = await fetch(url, { ...init, dispatcher, redirect: 'error', signal })
    return response.body ? new Response(response.body.pipeThrough(atMost(MAX_BYTES)), response) : response
  }
}

/** What is packed is counted as unpacked: the agent sees only what comes over the wire. */
function atMost(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.byteLength
      if (seen > bytes) controller.error(new Error(`the answer is larger than ${bytes} bytes`))
      else controller.enqueue(chunk)
    },
  })
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return list
}

function check(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

function refused(host: string): Error {
  return new Error(`outbound requests to ${host} are not allowed; OUTBOUND_ALLOW can open it`)
}
