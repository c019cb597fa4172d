import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
const BYTES = 32

/** What the secret of a webhook is sealed for. */
export const secretPurpose = (id: string) => `webhook-secret:${id}`

/** A secret as receivers get it: 256 random bits in base64 after `whsec_` (Standard Webhooks, signature scheme). */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(BYTES).toString('base64')
}

/** One signature of the header `webhook-signature`: HMAC-SHA-256 over `id.timestamp.body`. @param timestamp epoch seconds */
export function signature(secret: string, { id, timestamp, body }: { id: string; timestamp: number; body: string }) {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}
