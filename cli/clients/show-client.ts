import { claimText } from '../../src/clients/claims/claim-text.ts'
import type { Client } from '../../src/clients/client.ts'
import type { SecretSummary } from '../../src/clients/client-secrets/client-secret.ts'
import type { Work } from '../kit/verb.ts'

/** For people, claims are in the form in which they are given (`--claim`), and secrets are counted. */
export async function showClient({ app, out }: Work, client: Client, heading?: string): Promise<void> {
  const secrets = await app.clients.secrets(client.id)
  const all = { ...client.summary(), secrets }
  out.record(out.json ? all : { ...all, claims: client.claims.map(claimText), secrets: inWords(secrets) }, heading)
}

/** `2: 3f9a1c07 until 2027-01-31T18:00:00Z, 81d2be44`; null if there are none. */
function inWords(secrets: readonly SecretSummary[]): string | null {
  if (secrets.length === 0) return null
  const each = secrets.map(({ id, expiresAt }) => (expiresAt === null ? id : `${id} until ${moment(expiresAt)}`))
  return `${secrets.length}: ${each.join(', ')}`
}

/** To the second, as in tables. */
export function moment(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
