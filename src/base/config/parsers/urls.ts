import { accessSync, constants } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'
import { parseDatabaseUrl } from '../../network/database-address.ts'
import { isRange, LOOPBACK } from '../../network/ip-ranges.ts'
import { parseRedisUrl } from '../../network/redis-address.ts'
import { reason } from '../validation/config-error.ts'

/** The private networks of RFC 1918 and RFC 4193. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

const isHost = (text: string) => isIP(text) !== 0 || HOST_NAME.test(text)

/**
 * The issuer (OpenID Connect Discovery 1.0, section 3): http or https, without query, fragment or user. A path is kept
 * without its trailing slash. Path segments are plain, because they become cookie paths and route prefixes.
 */
export const publicUrl = z.string().transform((text, check) => {
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  if (url == null) check.addIssue('not an http or https URL')
  else if (text.includes('@')) check.addIssue('must not contain a user or password')
  else if (/[?#]/.test(text)) check.addIssue('must not contain a query or fragment')
  else if (!/^(\/[\w.~-]+)*\/?$/.test(url.pathname)) check.addIssue('the path contains invalid characters')
  else return url.origin + url.pathname.replace(/\/$/, '')
  return z.NEVER
})

export const databaseUrl = z.string().superRefine((text, check) => {
  try {
    const { tls } = parseDatabaseUrl(text)
    const files = Object.entries({ sslrootcert: tls.rootCert, sslcert: tls.cert, sslkey: tls.key })
    for (const [name, path] of files)
      if (path !== undefined && !readable(path)) check.addIssue(`cannot read the file of ${name}`)
  } catch (error) {
    check.addIssue(
      `not a PostgreSQL address: ${reason(error)} (special characters in a password must be percent-encoded)`,
    )
  }
})

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

export const redisUrl = z.string().superRefine((text, check) => {
  try {
    parseRedisUrl(text)
  } catch (error) {
    check.addIssue(`not a Redis address: ${reason(error)}`)
  }
})

export const host = z.string().refine(isHost, 'neither an IP address nor a host name')

const list = (allowed: (item: string) => boolean, message: string) =>
  z
    .string()
    .transform(text => text.split(',').map(item => item.trim().toLowerCase()))
    .refine(items => items.every(allowed), message)

export const proxies = list(
  item => item === 'loopback' || item === 'private' || isRange(item),
  'contains an entry that is not an IP address or CIDR range (/0 is refused)',
).transform(items => items.flatMap(item => (item === 'loopback' ? LOOPBACK : item === 'private' ? PRIVATE : [item])))

/** Whether a text is a host with an optional port. An invalid IP address does not count as a host name. */
function isHostWithPort(text: string): boolean {
  const [, host = '', address, port] = /^(?:([^:[\]]+)|\[([^\]]+)\])(?::([1-9]\d{0,4}))?$/.exec(text) ?? []
  if (address !== undefined) return isIP(address) === 6 && port !== undefined && Number(port) <= 65_535
  return isHost(host) && (isIP(host) !== 0 || !/^[\d.]+$/.test(host)) && Number(port ?? 1) <= 65_535
}

export const hostsAndRanges = list(
  item => isRange(item) || isHostWithPort(item),
  'contains an entry that is not a host, IP address or CIDR range (/0 is refused)',
)

/** `https://directory.example.com=https://directory.example.com/jwks`: the address of the keys of each issuer. */
export const keySetsByIssuer = z.string().transform((text, check) => {
  const pairs = text
    .split(',')
    .map(pair => /^\s*([^\s=]+)=((?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])\S+)\s*$/.exec(pair))
  if (pairs.every(pair => pair !== null && URL.canParse(pair[2]!)))
    return new Map(pairs.map(pair => [pair![1]!, pair![2]!]))
  check.addIssue('contains an entry that is not an issuer, "=" and an https URL')
  return z.NEVER
})

/** The hosts of client ID metadata documents: null for none, `any`, or those that are listed. */
export const documentHosts = z.union(
  [
    z.literal('off').transform(() => null),
    z.literal('any'),
    list(isHostWithPort, 'contains an entry that is not a host name').refine(
      hosts => !hosts.includes('off') && !hosts.includes('any'),
      'off and any stand alone',
    ),
  ],
  'neither off nor any nor a list of hosts',
)
