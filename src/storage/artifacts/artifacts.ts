/**
 * The store of temporary data: sessions, interactions, grants, codes, tokens, replay marks. This file is the contract
 * that Redis and PostgreSQL both implement. It defines how records are found, linked, consumed and dropped, and nothing
 * about their meaning. A record's ID is usually a bearer secret, so stores keep only its digest, and a dump of a store
 * contains no usable token. Permanent data (accounts, clients, keys) is in entities instead.
 */

/** Model names of the library and our own kinds; a string, so that other folders can add kinds. */
export type Kind = string

/** A JSON object as oidc-provider writes it. Values are returned as parsed JSON, so `undefined` is lost. */
export interface Artifact {
  [key: string]: unknown
  /** Its own ID. Returned if the caller named the ID, and always for Grant. */
  jti?: string
  uid?: string
  grantId?: string
  accountId?: string
  /** When it was consumed, epoch seconds. */
  consumed?: number
  /** The attempt that consumed it; see `Consume`. */
  consumedBy?: string
}

export interface Put {
  do: 'put'
  kind: Kind
  id: string
  payload: Artifact
  /** Seconds; values below one count as one. */
  ttl: number
  /** Only replaces an existing record: one that has ended since it was read must not be written back. */
  ifPresent?: boolean
}

export interface Consume {
  do: 'consume'
  kind: Kind
  id: string
  /** Epoch seconds. */
  at: number
  /**
   * Decimal digits that identify this attempt, so that it can find out whether it consumed the record if the reply is
   * lost.
   */
  by?: string
}

/**
 * Names the record by its ID, or by the `key` from a list. With `ifPresent` the commit fails if the record is gone, so
 * that one of several callers can drop it.
 */
export type Drop = { do: 'drop'; kind: Kind; ifPresent?: boolean } & ({ id: string } | { key: string })

export type Change = Put | Consume | Drop

/** A record from a list. `key` identifies it for a drop and gives no access: `get` doesn't accept it. */
export interface Listed {
  kind: Kind
  key: string
  payload: Artifact
}

export interface Artifacts {
  get(kind: Kind, id: string): Promise<Artifact | undefined>
  /** The record and its Grant, in one round trip (two on Redis Cluster). */
  getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }>
  /** A Session by its `uid`; without `jti`, since the caller did not present it. */
  byUid(kind: Kind, uid: string): Promise<Artifact | undefined>
  /** The records issued under a grant, without the Grant itself. */
  byGrant(grantId: string): Promise<Listed[]>
  /** The account's records of one kind (Session or Grant), newest first. */
  byAccount(kind: Kind, accountId: string): Promise<Listed[]>
  /**
   * Makes all changes or none. Returns false if a record to consume is gone or already consumed (exactly one of N
   * parallel callers wins), if a record changed `ifPresent` is gone, or if a put names a Grant that doesn't exist and
   * isn't put in the same commit. A consumed record stays readable until it expires so that reuse is detected, with
   * `consumed`, and `consumedBy` if the attempt was named. If it throws, the outcome is unknown.
   */
  commit(changes: readonly Change[]): Promise<boolean>
  /** False if a live record of that ID exists. For marks that must survive a loss of Redis see replay-marks.ts. */
  putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean>
  /** Removes the grant and everything under it. */
  dropGrant(grantId: string): Promise<void>
  /** Removes the account's sessions and grants, and everything under those. */
  dropAccount(accountId: string): Promise<void>
  /** Removes expired records and returns their number; only for stores that don't do so themselves. */
  sweep?(): Promise<number>
  /** Makes a minimal write. @returns the store's time. Rejects if the store doesn't accept writes */
  probe(): Promise<Date>
  close(): Promise<void>
}
