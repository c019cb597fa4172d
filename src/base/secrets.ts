import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Secrets for machines (client secrets, one-time links): 256 random bits, so a plain SHA-256 digest protects them at
 * rest. Passwords are hashed with Argon2 in credentials/passwords/hashing.ts.
 */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Compares in constant time. Texts of unequal length are unequal. */
export function sameText(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest()
  const right = createHash('sha256').update(b).digest()
  return timingSafeEqual(left, right)
}
