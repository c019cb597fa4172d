import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { Gatehouse } from './gatehouse.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface KeyPair {
  privateKey: CryptoKey
  jwk: JWK
}

export async function newKeyPair(alg = 'ES256'): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: randomUUID(), alg, use: 'sig' } }
}

export interface Assertion {
  claims?: JWTPayload
  header?: Record<string, unknown>
  key?: KeyPair
}

/** A client that authenticates with signed assertions (RFC 7523), and can be made to send invalid ones. */
export class AssertingClient {
  readonly #url: string
  readonly id: string
  readonly key: KeyPair

  constructor(url: string, id: string, key: KeyPair) {
    this.#url = url
    this.id = id
    this.key = key
  }

  /** @param jwksUri where it publishes its key; without it, the key itself is registered */
  static async register({ app, url }: Gatehouse, jwksUri?: string): Promise<AssertingClient> {
    const key = await newKeyPair()
    const keys = jwksUri ? { jwksUri } : { jwks: { keys: [{ ...key.jwk, kty: 'EC' }] } }
    const { client } = await app.scope(() =>
      app.clients.register(
        { name: 'Machine', profile: 'machine', tokenEndpointAuthMethod: 'private_key_jwt', ...keys },
        { by: operator },
      ),
    )
    return new AssertingClient(url, client.id, key)
  }

  get claims(): JWTPayload {
    const now = Math.floor(Date.now() / 1000)
    return { iss: this.id, sub: this.id, aud: this.#url, jti: randomUUID(), iat: now, exp: now + 60 }
  }

  /** A valid assertion, with the named claims replaced; a claim that is `undefined` is left out. */
  assertion({ claims = {}, header = {}, key = this.key }: Assertion = {}): Promise<string> {
    return new SignJWT({ ...this.claims, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.jwk.kid!, ...header })
      .sign(key.privateKey, { crit: { odd: true } })
  }

  async ask(assertion: string, { at = this.#url, body = {} }: { at?: string; body?: Record<string, string> } = {}) {
    const response = await fetch(`${at}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: TYPE,
        client_assertion: assertion,
        ...body,
      }),
    })
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
}
