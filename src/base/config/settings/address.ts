import { host, proxies, publicUrl } from '../parsers/urls.ts'
import { flag, port } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const address = [
  {
    name: 'PUBLIC_URL',
    schema: publicUrl,
    otherwise: 'http://localhost:PORT; required in production',
    expected: 'an http or https URL without query, fragment or user; a path is allowed',
    example: 'https://id.example.com',
    does: 'The address that people and applications use. The issuer, links, cookies and redirects are all derived from it.',
  },
  {
    name: 'HOST',
    schema: host,
    otherwise: '127.0.0.1; 0.0.0.0 in production',
    expected: 'an IP address or host name of this machine',
    example: '0.0.0.0',
    does: 'Address to listen on.',
  },
  {
    name: 'PORT',
    schema: port,
    default: '3000',
    example: '3000',
    does: 'Port to listen on.',
  },
  {
    name: 'TRUST_PROXY',
    schema: proxies,
    otherwise: 'none',
    expected: 'IP addresses or CIDR ranges, separated by commas; loopback and private stand for the usual ranges',
    example: 'loopback,10.0.0.7',
    does: 'Reverse proxies whose X-Forwarded-For and X-Request-Id headers are trusted. The headers are used only for the client IP address in limits and history, and for the request ID in the log.',
  },
  {
    name: 'ALLOW_HTTP',
    schema: flag,
    default: 'false',
    example: 'true',
    does: 'Allow an http PUBLIC_URL in production. Passwords and tokens are then sent unencrypted.',
  },
] as const satisfies readonly Row[]
