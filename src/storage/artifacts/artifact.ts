import { hash } from 'node:crypto'
import type { Artifact, Drop, Kind } from './artifacts.ts'

/** A record as every store keeps it: its key, its body, and the names by which it can be found. */
export interface Stored {
  kind: Kind
  key: string
  /** JSON without the secret ID and without the consumption, which are stored separately. */
  body: string
  consumed: number | undefined
  ttl: number
  grantId: string | undefined
  accountId: string | undefined
  uid: string | undefined
}

/** Kinds that are listed by account. Everything else of an account belongs to its grants. */
const ofAccount: ReadonlySet<Kind> = new Set(['Session', 'Grant'])

/** Kinds that refer to a grant but weren't issued under it. */
const besideGrant: ReadonlySet<Kind> = new Set(['Grant', 'Interaction', 'Session', 'PushedAuthorizationRequest'])

/** Replaces a secret ID in a stored body. IDs are strings, so it can't be mistaken for one. */
const HIDDEN = 0

/** A record's key: the SHA-256 of its ID, base64url. IDs have enough entropy to need no salt. */
export function keyOf(id: string): string {
  return hash('sha256', id, 'base64url')
}

export function droppedKey(drop: Drop): string {
  return 'key' in drop ? drop.key : keyOf(drop.id)
}

export function store(kind: Kind, id: string, payload: Artifact, ttl: number): Stored {
  if (!Number.isFinite(ttl)) throw new TypeError(`${kind}: a time to live in seconds is needed`)
  const { consumed, consumedBy, ...rest } = payload
  // A grant is found by its account and then written back under its ID, which must therefore stay readable.
  if (rest.jti === id && kind !== 'Grant') Object.assign(rest, { jti: HIDDEN })
  return {
    kind,
    key: keyOf(id),
    body: JSON.stringify(rest),
    consumed,
    ttl: Math.max(1, Math.ceil(ttl)),
    grantId: besideGrant.has(kind) ? undefined : payload.grantId,
    accountId: ofAccount.has(kind) ? payload.accountId : undefined,
    uid: kind === 'Session' ? payload.uid : undefined,
  }
}

/** When a record was consumed, and by which attempt. */
export interface Consumption {
  at: number
  by: string | undefined
}

/** Restores a payload. Its ID is set if the caller knows it, and left out otherwise. */
export function restore(body: string, consumption: Consumption | undefined, id?: string): Artifact {
  const payload: Artifact = JSON.parse(body)
  const written: unknown = payload.jti
  if (written === HIDDEN) {
    if (id === undefined) delete payload.jti
    else payload.jti = id
  }
  if (consumption) {
    payload.consumed = consumption.at
    if (consumption.by) payload.consumedBy = consumption.by
  }
  return payload
}

/** Newest first, by the time of sign-in or issue. */
export function newestFirst<T extends { payload: Artifact }>(listed: T[]): T[] {
  const time = ({ payload }: T) => Number(payload.loginTs ?? payload.iat ?? 0)
  return listed.sort((a, b) => time(b) - time(a))
}
