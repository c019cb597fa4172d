import type { ProviderKey } from './signing.ts'

/** Signs a JSON document as a compact JWS (RFC 7515 section 3.1) of this `typ`. */
export async function signedDocument(key: ProviderKey, typ: string, payload: object): Promise<string> {
  const parts = [{ alg: key.alg, kid: key.kid, typ }, payload]
  const input = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${(await key.sign(Buffer.from(input))).toString('base64url')}`
}
