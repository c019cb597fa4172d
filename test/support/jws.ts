import { createHmac } from 'node:crypto'

type Signature = (input: string) => Buffer

/** A compact JWS put together by hand, as an attacker would: libraries refuse to make most of these. */
export function compact(header: object, payload: object, sign: Signature = nothing): string {
  const input = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${sign(input).toString('base64url')}`
}

/** HS256 with a key that is public, such as the provider's public key. */
export function hs256(key: string | Buffer): Signature {
  return input => createHmac('sha256', key).update(input).digest()
}

/** r = s = 0, which a careless verifier accepts for any message (CVE-2022-21449). */
export const psychic: Signature = () => Buffer.alloc(64)

export const nothing: Signature = () => Buffer.alloc(0)

/** The same JWS with a changed payload, and the signature of the original. */
export function altered(jws: string, changes: object): string {
  const [header = '', payload = '', signature] = jws.split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...changes }
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same JWS in other spellings of base64url, which a lenient decoder reads as the same bytes. */
export function respelled(jws: string): string[] {
  const last = ALPHABET.indexOf(jws.at(-1)!)
  return [`${jws.slice(0, -1)}${ALPHABET[last ^ 1]}`, `${jws}=`, `${jws}==`, `${jws} `]
}
