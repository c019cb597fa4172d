import { hash } from 'node:crypto'

/** The bytes of a key under which access tokens can be revoked. */
export const KEY_BYTES = 16

/** The key for an ID: the first 16 bytes of its SHA-256. */
export function revocationKey(id: string): Buffer {
  return hash('sha256', id, 'buffer').subarray(0, KEY_BYTES)
}

/** As access tokens name it: base64url, 22 characters. */
export function keyText(key: Buffer): string {
  return key.toString('base64url')
}
