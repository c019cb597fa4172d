import { createHmac } from 'node:crypto'

type Signature = (input: string) => Buffer

/** A compact JWS put together by hand, as an attacker would: no library makes most of these. */
export function compact(header: object, payload: object, sign: Signature = nothing): string {
  const input = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${sign(input).toString('base64url')}`
}

/** HS256 with what everybody can know, such as a public key. */
export function hs256(key: string | Buffer): Signature {
  return input => createHmac('sha256', key).update(input).digest()
}

/** r = s = 0, which a careless verifier takes for a signature of anything (CVE-2022-21449). */
export const psychic: Signature = () => Buffer.alloc(64)

export const nothing: Signature = () => Buffer.alloc(0)

/** The same JWS with other words in it, and the signature of the old ones. */
export function altered(jws: string, changes: object): string {
  const [header = '', payload = '', signature] = jws.split('.')
  const words = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...changes }
  return [header, Buffer.from(JSON.stringify(words)).toString('base64url'), signature].join('.')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same JWS, with the same bytes for a decoder that forgives, in other spellings of base64url. */
export function respelled(jws: string): string[] {
  const last = ALPHABET.indexOf(jws.at(-1)!)
  return [`${jws.slice(0, -1)}${ALPHABET[last ^ 1]}`, `${jws}=`, `${jws}==`, `${jws} `]
}
