import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16

/** 256 random bits, as text. */
export function randomSecret() {
  return randomBytes(32).toString('base64url')
}

/** @param {string} text */
export function digest(text) {
  return createHash('sha256').update(text).digest('base64url')
}

/**
 * Seals what is stored, and what a cookie carries, with AES-256-GCM. Each text has a key of its own, derived from the
 * secret and from a text that is not stored with it (the ID in the cookie): a dump of the store opens nothing, not even
 * together with the secret. The newest secret seals, and every listed one opens.
 */
export class Sealing {
  #secrets

  /** @param {readonly string[]} secrets the newest first */
  constructor(secrets) {
    this.#secrets = secrets
  }

  /** @param {unknown} value @param {string} purpose @param {string} id */
  seal(value, purpose, id) {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#secrets[0] ?? '', purpose, id), nonce)
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /**
   * @param {string} text @param {string} purpose @param {string} id
   * @returns {unknown} undefined if it was altered, or sealed for another purpose, ID or secret
   */
  open(text, purpose, id) {
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.length < NONCE + TAG) return undefined
    for (const secret of this.#secrets) {
      try {
        const cipher = createDecipheriv('aes-256-gcm', this.#key(secret, purpose, id), bytes.subarray(0, NONCE))
        cipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
        return JSON.parse(cipher.update(bytes.subarray(NONCE + TAG), undefined, 'utf8') + cipher.final('utf8'))
      } catch {
        // Another secret may open it.
      }
    }
    return undefined
  }

  /**
   * The names, one for each secret, under which something about a person is stored without naming the person. The first
   * is for writing.
   * @param {string} purpose @param {string} text
   * @returns {string[]}
   */
  names(purpose, text) {
    return this.#secrets.map(secret => createHmac('sha256', secret).update(`${purpose} ${text}`).digest('base64url'))
  }

  /** @param {string} secret @param {string} purpose @param {string} id */
  #key(secret, purpose, id) {
    return new Uint8Array(hkdfSync('sha256', secret, id, `gatehouse ${purpose}`, 32))
  }
}
