import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export interface Issuer {
  url: string
  /** An access token by RFC 9068 with the given claims; a claim that is `undefined` is omitted. */
  accessToken(claims: JWTPayload, header?: { typ?: string }): Promise<string>
  close(): Promise<void>
}

/** The parts of a provider that an application uses before a sign-in: metadata and keys. */
export async function startIssuer({ port = 0 }: { port?: number } = {}): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/jwks') return response.end(JSON.stringify({ keys: [jwk] }))
    response.end(JSON.stringify(metadata(url)))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`

  return {
    url,
    accessToken: (claims, { typ = 'at+jwt' } = {}) => {
      const iat = Math.floor(Date.now() / 1000)
      const usual = { iss: url, sub: 'ada', client_id: 'demo', iat, exp: iat + 60, jti: randomUUID() }
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one', typ }).sign(privateKey)
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/session/end`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }
}
