import { documentHosts, keySetsByIssuer } from '../parsers/urls.ts'
import { duration, oneOf, rate } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const applications = [
  {
    name: 'CLIENT_REGISTRATION',
    schema: oneOf('off', 'token', 'open'),
    default: 'off',
    example: 'token',
    does: 'Whether programs can register themselves as applications (RFC 7591). off: only operators register applications. token: with a token from gatehouse registration-tokens add. open: any program can. People are always asked for consent, and told that the application registered itself.',
  },
  {
    name: 'CLIENT_ID_METADATA_DOCUMENTS',
    schema: documentHosts,
    default: 'off',
    expected: 'off, any, or host names, each with an optional port, separated by commas',
    example: 'claude.ai,vscode.dev',
    does: 'Whether the address of a document can be a client ID (draft-ietf-oauth-client-id-metadata-document), and at which hosts. People are always asked for consent, and see the host.',
  },
  {
    name: 'CLIENT_REGISTRATION_LIMIT_IP',
    schema: rate,
    default: '20/1h',
    example: '100/1h',
    does: 'Registrations without a registration token, requests with an invalid one, and, counted separately, client ID metadata documents to read, allowed per IP address (IPv6: per /64 network), and changes of a registration by its own client, allowed per client; the allowance refills evenly over the duration.',
  },
  {
    name: 'SOFTWARE_STATEMENT_ISSUERS',
    schema: keySetsByIssuer,
    otherwise: 'none',
    expected: 'issuers with the https address of their keys, as ISSUER=JWKS_URI, separated by commas',
    example: 'https://directory.example.com=https://directory.example.com/jwks',
    does: 'Issuers whose software statements (RFC 7591 section 2.3) are accepted. A statement that names the redirect URIs takes the place of a registration token.',
  },
  {
    name: 'UNUSED_CLIENT_TTL',
    schema: duration('2d', '3650d'),
    default: '30d',
    example: '90d',
    does: 'How long an application that registered itself is kept after its last use, or after its registration if it was never used; at least as long as its refresh tokens are valid (REFRESH_TOKEN_TTL).',
  },
  {
    name: 'WEBHOOK_DELIVERY_TTL',
    schema: duration('4d', '365d'),
    default: '30d',
    example: '90d',
    does: 'How long the deliveries of webhooks are listed and can be replayed, counted from the event or the last replay.',
  },
] as const satisfies readonly Row[]
