import { randomUUID } from 'node:crypto'
import { type JWK, type JWTPayload, SignJWT } from 'jose'
import { type KeyPair, newKeyPair } from './assertions.ts'

export interface Proof {
  claims?: JWTPayload
  header?: Record<string, unknown>
}

export function publicPart({ jwk: { kty, crv, x, y } }: KeyPair): JWK {
  return { kty: String(kty), crv: String(crv), x: String(x), y: String(y) }
}

/** A holder of a DPoP key (RFC 9449 section 4.2), who can be made to send invalid proofs. */
export class Prover {
  readonly #url: string
  readonly key: KeyPair

  constructor(url: string, key: KeyPair) {
    this.#url = url
    this.key = key
  }

  static async of({ url }: { url: string }): Promise<Prover> {
    return new Prover(url, await newKeyPair())
  }

  get claims(): JWTPayload {
    return { jti: randomUUID(), htm: 'POST', htu: `${this.#url}/token`, iat: Math.floor(Date.now() / 1000) }
  }

  get header() {
    return { alg: 'ES256', typ: 'dpop+jwt', jwk: publicPart(this.key) }
  }

  /** A valid proof for the token endpoint, with the named claims replaced; a claim that is `undefined` is left out. */
  proof({ claims = {}, header = {} }: Proof = {}): Promise<string> {
    return new SignJWT({ ...this.claims, ...claims })
      .setProtectedHeader({ ...this.header, ...header })
      .sign(this.key.privateKey, { crit: { odd: true } })
  }
}
