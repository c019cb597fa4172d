import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'

type Cose = [number, number | Buffer<ArrayBuffer>][]

const bytes = (text: string | undefined) => Buffer.from(text!, 'base64url')

/** How keys are made and encoded (RFC 9053 sections 2 and 7, RFC 8230 section 4), and the hash they sign with. */
export const ALGORITHMS = {
  ES256: {
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    cose: ({ x, y }: JWK): Cose => [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    digest: 'sha256',
  },
  ES384: {
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    cose: ({ x, y }: JWK): Cose => [
      [1, 2],
      [3, -35],
      [-1, 2],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    digest: 'sha384',
  },
  EdDSA: {
    make: () => generateKeyPairSync('ed25519'),
    cose: ({ x }: JWK): Cose => [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ],
    digest: null,
  },
  RS256: {
    make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    cose: ({ n, e }: JWK): Cose => [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ],
    digest: 'sha256',
  },
} as const

export type Algorithm = keyof typeof ALGORITHMS
