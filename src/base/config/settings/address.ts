import { host, proxies, publicUrl } from '../addresses.ts'
import type { Setting } from '../setting.ts'
import { flag, port } from '../values.ts'

export const address = [
  {
    name: 'PUBLIC_URL',
    group: 'Address',
    schema: publicUrl,
    otherwise: 'http://localhost:PORT; required in production',
    expected: 'an http or https address without query, fragment or user; it may have a path',
    example: 'https://id.example.com',
    does: 'The one address people and applications use: the issuer, every link, cookie and redirect derive from it.',
  },
  {
    name: 'HOST',
    group: 'Address',
    schema: host,
    otherwise: '127.0.0.1; 0.0.0.0 in production',
    expected: 'an IP address or host name of this machine',
    example: '0.0.0.0',
    does: 'Where to listen.',
  },
  {
    name: 'PORT',
    group: 'Address',
    schema: port,
    default: '3000',
    expected: 'a whole number from 1 to 65535',
    example: '3000',
    does: 'Port to listen on.',
  },
  {
    name: 'TRUST_PROXY',
    group: 'Address',
    schema: proxies,
    otherwise: 'none',
    expected: 'IP addresses or ranges, separated by commas; loopback and private stand for the usual ranges',
    example: 'loopback,10.0.0.7',
    does: 'Proxies in front whose X-Forwarded-For and X-Request-Id headers are believed. They decide which address of the visitor limits and history see, and under which id a request is logged; nothing else.',
  },
  {
    name: 'ALLOW_HTTP',
    group: 'Address',
    schema: flag,
    default: 'false',
    expected: 'true or false',
    example: 'true',
    does: 'Lets production start with an http PUBLIC_URL. Passwords and tokens then travel readable.',
  },
] as const satisfies readonly Setting[]
