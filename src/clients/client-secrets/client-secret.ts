import { randomBytes } from 'node:crypto'
import { digest, newSecret, sameText } from '../../base/secrets.ts'

/** A secret of a client as it is stored. Times are in RFC 3339. */
export interface ClientSecret {
  /** Names it in commands; eight hexadecimal digits. */
  id: string
  /** SHA-256. */
  digest: string
  createdAt: string
  /** From then on it counts nowhere; null if it has no end. */
  expiresAt: string | null
}

/** A secret as operators see it. */
export interface SecretSummary {
  id: string
  createdAt: Date
  expiresAt: Date | null
  /** Up to an hour behind (secret-use.ts); null if no use has been noted. */
  lastUsedAt: Date | null
}

/** @returns also the secret itself, which cannot be read again */
export function makeSecret(now: Date, expiresAt: Date | null = null): { secret: string; stored: ClientSecret } {
  const secret = newSecret()
  const times = { createdAt: now.toISOString(), expiresAt: expiresAt?.toISOString() ?? null }
  return { secret, stored: { id: randomBytes(4).toString('hex'), digest: digest(secret), ...times } }
}

export function expired({ expiresAt }: ClientSecret, now: Date): boolean {
  return expiresAt !== null && new Date(expiresAt) <= now
}

export function liveSecrets(secrets: readonly ClientSecret[], now: Date): ClientSecret[] {
  return secrets.filter(secret => !expired(secret, now))
}

/** The secret that was presented, which may have expired. The time does not depend on which of them it is, if any. */
export function matching(secrets: readonly ClientSecret[], presented: string): ClientSecret | null {
  const attempt = digest(presented)
  return secrets.filter(secret => sameText(secret.digest, attempt))[0] ?? null
}

/** These secrets, none of which is used longer than until `end`. */
export function endingAt(secrets: readonly ClientSecret[], end: Date): ClientSecret[] {
  return secrets.map(secret => (expired(secret, end) ? secret : { ...secret, expiresAt: end.toISOString() }))
}
