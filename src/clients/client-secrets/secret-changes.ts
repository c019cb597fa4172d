import { Conflict, InvalidInput, NotFound } from '../../base/refusals.ts'
import type { Client } from '../client.ts'
import { clientCommand } from '../client-command.ts'
import { endingAt, makeSecret } from './client-secret.ts'

/** How many secrets of a client can be used at a time: the old one and the new one of a rotation. */
const MOST = 2
/** Days for which a rotated secret can still be used at most. */
const LONGEST = 90
const DAY_MS = 86_400_000

export interface NewSecret {
  /** When it expires; it has no end without it. */
  expiresAt?: Date | null | undefined
  /** When the others expire, at the latest; they stay as they are without it. */
  retireOthersAt?: Date | null | undefined
}

export interface Rotation {
  /** When the old secrets expire, at the latest; at once without it. */
  keepOldUntil?: Date | null | undefined
}

/**
 * Gives a client, which is locked, another secret, and drops those that have expired.
 * @returns the secret, which cannot be read again @throws InvalidInput, Conflict
 */
export function addSecret(client: Client, { expiresAt, retireOthersAt }: NewSecret, now: Date): string {
  if (expiresAt && expiresAt <= now) throw new InvalidInput({ expiresAt: 'must be in the future' })
  if (retireOthersAt) checkRetirement(retireOthersAt, 'retireOthersAt', now)
  const others = client.liveSecrets(now)
  if (others.length >= MOST) throw tooMany(client, now)
  const { secret, stored } = makeSecret(now, expiresAt)
  client.secrets = [...(retireOthersAt ? endingAt(others, retireOthersAt) : others), stored]
  return secret
}

/** A secret in place of all others, which stop at once. */
function replaceSecrets(client: Client, now: Date): string {
  const { secret, stored } = makeSecret(now)
  client.secrets = [stored]
  return secret
}

/** A new secret; the old ones stop at once, or at `keepOldUntil`. @throws InvalidInput, Conflict */
export function rotateSecret(client: Client, keepOldUntil: Rotation['keepOldUntil'], now: Date): string {
  if (!keepOldUntil) return replaceSecrets(client, now)
  checkRetirement(keepOldUntil, 'keepOldUntil', now)
  return addSecret(client, { retireOthersAt: keepOldUntil }, now)
}

/**
 * What the way in which a client authenticates demands: it gets a secret if it needs one and has none, and loses those that
 * it no longer needs.
 * @returns a new secret, which cannot be read again; null if there is none
 */
export function settleSecrets(client: Client, now: Date): string | null {
  if (client.needsSecret) return client.liveSecrets(now).length > 0 ? null : replaceSecrets(client, now)
  if (client.secrets.length > 0) client.secrets = []
  return null
}

/** @throws InvalidInput that names the field */
function checkRetirement(at: Date, field: string, now: Date): void {
  if (at <= now) throw new InvalidInput({ [field]: 'must be in the future' })
  if (at.getTime() > now.getTime() + LONGEST * DAY_MS)
    throw new InvalidInput({ [field]: `must be within ${LONGEST} days` })
}

/** Takes a secret from a client, which is locked, and drops those that have expired. @throws NotFound, Conflict */
export function removeSecret(client: Client, secretId: string, now: Date): void {
  const secrets = client.liveSecrets(now)
  const left = secrets.filter(({ id }) => id !== secretId)
  if (left.length === secrets.length)
    throw new NotFound(
      `${client.id} has no secret ${JSON.stringify(secretId)}; to list them: ${clientCommand('secrets list', client.id)}`,
    )
  if (left.length === 0 && client.needsSecret)
    throw new Conflict(
      `${secretId} is the only secret of ${client.id}, which needs one; to replace it: ${clientCommand('rotate-secret', client.id)}`,
    )
  client.secrets = left
}

function tooMany(client: Client, now: Date): Conflict {
  const secrets = client.liveSecrets(now)
  const named = secrets.map(
    ({ id, createdAt, expiresAt }) =>
      `${id} (since ${createdAt.slice(0, 10)}${expiresAt === null ? '' : `, until ${expiresAt}`})`,
  )
  const remove = clientCommand('secrets remove', client.id, secrets[0]?.id ?? '')
  return new Conflict(
    `${client.id} already has ${secrets.length} secrets: ${named.join(' and ')}; remove one first, such as: ${remove}`,
  )
}
