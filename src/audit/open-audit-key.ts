import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** What is sealed. */
export interface AuditKeyPayload {
  /** 32 bytes, base64url. */
  mac: string
  /** PKCS #8, base64url. */
  signing: string
  /** The newest event of the releases before; null if there was none. */
  bound: string | null
  /** ISO 8601. */
  began: string
}

/** The opened key. */
export interface OpenAuditKey {
  /** Identifies it in heads: a digest of its public key. */
  id: string
  /** Of events, links and the tip. */
  mac: Buffer
  signing: KeyObject
  verifying: KeyObject
  bound: string | null
  began: Date
}

/** @throws Error if the payload is not one */
export function opened({ mac, signing, bound, began }: AuditKeyPayload): OpenAuditKey {
  const key = createPrivateKey({ key: Buffer.from(signing, 'base64url'), format: 'der', type: 'pkcs8' })
  const verifying = createPublicKey(key)
  const id = createHash('sha256')
    .update(verifying.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return {
    id: id.slice(0, 16),
    mac: Buffer.from(mac, 'base64url'),
    signing: key,
    verifying,
    bound,
    began: new Date(began),
  }
}
