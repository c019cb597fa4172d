import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { isCanonical } from './canonical-jws.ts'

/**
 * Encrypts what must be readable again (private keys, upstream secrets) with AES-256-GCM under keys derived from
 * SECRET_KEYS. The newest key encrypts and every listed key decrypts, so that operators can rotate keys. The purpose is
 * part of the key: a sealed text that is copied into another column can't be opened.
 */
export class Sealing {
  readonly #keys: readonly { id: string; secret: Buffer }[]

  constructor(secretKeys: readonly Buffer[]) {
    this.#keys = secretKeys.map(secret => ({
      id: createHash('sha256').update(secret).digest('base64url').slice(0, 8),
      secret,
    }))
  }

  /** @returns `v1.<key id>.<nonce, ciphertext and tag>` */
  seal(plaintext: string, purpose: string): string {
    const key = this.#keys[0]!
    return `v1.${key.id}.${encrypt(derive(key.secret, purpose), plaintext)}`
  }

  /** @throws Error if no listed key opens it, or it was altered */
  open(text: string, purpose: string): string {
    const [version, id, body] = text.split('.')
    const key = this.#keys.find(candidate => candidate.id === id)
    if (version !== 'v1' || !key || !body) {
      throw new KeyNotListed(
        `a sealed ${purpose} cannot be opened: it was sealed with a key that SECRET_KEYS no longer lists`,
      )
    }
    return decrypt(derive(key.secret, purpose), body)
  }

  /** Whether a sealed text was sealed with the newest key. */
  isNewest(text: string): boolean {
    return text.split('.')[1] === this.#keys[0]!.id
  }

  sealJson(value: unknown, purpose: string): string {
    return this.seal(JSON.stringify(value), purpose)
  }

  /** @returns null if no listed key opens it, or it was altered */
  openJson<T>(text: string, purpose: string): T | null {
    try {
      return JSON.parse(this.open(text, purpose))
    } catch {
      return null
    }
  }

  /** Keyed digests of several parts, one per key. The first is stored; the others are still accepted. */
  digests(purpose: string, ...parts: string[]): string[] {
    return this.keysFor(purpose).map(key => mac(key, ...parts))
  }

  /** The keys for one purpose of ours (cookies, form tokens), newest first. */
  keysFor(purpose: string): Buffer[] {
    return this.#keys.map(key => derive(key.secret, purpose))
  }
}

/** SECRET_KEYS no longer lists the key that something was sealed with. */
export class KeyNotListed extends Error {}

/** Encrypts with a secret of 256 random bits that only its bearer knows. The server can't read the text without it. */
export function sealUnder(secret: string, plaintext: string): string {
  return encrypt(bearerKey(secret), plaintext)
}

/** @throws Error if the secret is wrong or the text was altered */
export function openUnder(secret: string, text: string): string {
  return decrypt(bearerKey(secret), text)
}

/** An HMAC-SHA-256 over several parts; their boundaries are unambiguous. */
export function mac(key: Buffer, ...parts: string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')
}

function derive(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'gatehouse', purpose, 32))
}

function bearerKey(secret: string): Buffer {
  return createHash('sha256').update(`gatehouse bearer ${secret}`).digest()
}

/** @returns nonce, ciphertext and tag, base64url */
function encrypt(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  )
}

function decrypt(key: Buffer, text: string): string {
  if (!isCanonical(text)) throw new Error('the sealed text is not canonical base64url')
  const bytes = Buffer.from(text, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
}
