import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportPKCS8, generateKeyPair, type JWTPayload, jwtVerify } from 'jose'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import { newSigningKey, sign } from './upstream-faults.ts'
import { bodyOf } from './upstream-provider.ts'

const CLIENT = 'com.example.id'
const SETTINGS = { 'team-id': 'TEAM123456', 'key-id': 'KEY1234567' }

/** The authorization response: the code, and the user's data, which Apple sends only the first time. */
const RESPONSE = {
  code: 'the-code',
  user: JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' }, email: 'ada-at-apple@example.org' }),
}

export interface Apple {
  host: string
  /** The client secrets that it has received, decoded. */
  secrets: JWTPayload[]
  /** The claims of its next ID token. */
  claims: JWTPayload
  definition(): ProviderDefinition
  /** Signs the person in there. @returns the form that their browser posts to us */
  visit(address: string | URL, way?: { cancel?: boolean }): { address: string; form: URLSearchParams }
  close(): void
}

/**
 * A provider like Sign in with Apple: the client secret is a JWT that is valid for minutes, signed with the key of a .p8
 * file; `email_verified` is a string. https://developer.apple.com/documentation/signinwithapplerestapi
 */
export async function startApple(): Promise<Apple> {
  const p8 = await generateKeyPair('ES256', { extractable: true })
  const pem = await exportPKCS8(p8.privateKey)
  const key = await newSigningKey('apple')
  let nonce = ''
  const server = createServer(async (request, response) => {
    const fields = new URLSearchParams(await bodyOf(request))
    const url = new URL(request.url ?? '', `http://${apple.host}`)
    if (url.pathname === '/auth/authorize')
      return response.writeHead(200, { 'content-type': 'text/html' }).end(posting(apple.visit(url)))
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/auth/keys') return answer(200, { keys: [key.publicJwk] })
    if (request.url !== '/auth/token') return answer(200, metadata(`http://${apple.host}`))
    const secret = await read(fields.get('client_secret') ?? '', p8.publicKey, `http://${apple.host}`)
    if (!secret) return answer(400, { error: 'invalid_client' })
    apple.secrets.push(secret)
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: `http://${apple.host}`, aud: CLIENT, iat: now, exp: now + 600, nonce, ...apple.claims }
    const id_token = await sign(claims, key.privateKey, { kid: 'apple' })
    answer(200, { access_token: 'the-access-token', token_type: 'Bearer', expires_in: 3600, id_token })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const apple: Apple = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: [],
    claims: {},
    definition: () => ({
      kind: 'apple',
      issuer: `http://${apple.host}`,
      clientId: CLIENT,
      secret: pem,
      settings: SETTINGS,
    }),
    visit(address, { cancel = false } = {}) {
      const { searchParams: query } = new URL(address)
      if (query.get('response_mode') !== 'form_post')
        throw new Error('Apple sends names and emails only with response_mode=form_post')
      nonce = query.get('nonce') ?? ''
      const form = new URLSearchParams({ state: query.get('state') ?? '' })
      if (cancel) form.set('error', 'user_cancelled_authorize')
      else for (const [field, value] of Object.entries(RESPONSE)) form.set(field, value)
      return { address: query.get('redirect_uri') ?? '', form }
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return apple
}

async function read(secret: string, key: CryptoKey, audience: string): Promise<JWTPayload | null> {
  try {
    const { payload, protectedHeader } = await jwtVerify(secret, key, {
      algorithms: ['ES256'],
      issuer: SETTINGS['team-id'],
      subject: CLIENT,
      audience,
    })
    return protectedHeader.kid === SETTINGS['key-id'] ? payload : null
  } catch {
    return null
  }
}

/** A form that submits itself, like Apple's. */
function posting({ address, form }: { address: string; form: URLSearchParams }): string {
  const inputs = [...form].map(([name, value]) => `<input type="hidden" name="${name}" value='${value}'>`).join('')
  return `<!doctype html><html lang="en"><title>Apple</title><link rel="icon" href="data:,">
<body onload="document.forms[0].submit()"><form method="post" action="${address}">${inputs}</form></body></html>`
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth/authorize`,
    token_endpoint: `${issuer}/auth/token`,
    jwks_uri: `${issuer}/auth/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    scopes_supported: ['openid', 'email', 'name'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  }
}
