/**
 * Everything that expires: sessions, interactions, grants, codes, tokens, replay marks. This file is the contract that
 * Redis and PostgreSQL keep alike; it knows how records are found, linked, consumed and dropped, and nothing of what
 * they mean. A record's id is usually a bearer secret, so stores keep its digest only, and a dump of one holds no live
 * token. What must last (accounts, clients, keys) lives in entities, not here.
 */

/** The library's model names, and our own; a string, so that a later noun can bring its kind. */
export type Kind = string

/** A JSON object as oidc-provider writes it. Values come back as JSON gives them; `undefined` does not survive. */
export interface Artifact {
  [key: string]: unknown
  /** Its own id. Comes back where the caller named the id, and always for Grant and DeviceCode. */
  jti?: string
  uid?: string
  userCode?: string
  grantId?: string
  accountId?: string
  /** When it was consumed, epoch seconds. */
  consumed?: number
  /** By which attempt; see `Consume`. */
  consumedBy?: string
}

export interface Put {
  do: 'put'
  kind: Kind
  id: string
  payload: Artifact
  /** Seconds; at least one is given. */
  ttl: number
  /** Only over a record that is there: what was read and is written back must not have ended in between. */
  ifPresent?: boolean
}

export interface Consume {
  do: 'consume'
  kind: Kind
  id: string
  /** Epoch seconds. */
  at: number
  /** Decimal digits that tell this attempt from every other: an attempt without an answer learns whether it was it. */
  by?: string
}

/** Names the record by its id, or by the `key` under which it was listed. `ifPresent`: of several, one may drop it. */
export type Drop = { do: 'drop'; kind: Kind; ifPresent?: boolean } & ({ id: string } | { key: string })

export type Change = Put | Consume | Drop

/** A record found by what it belongs to. `key` names it for a drop and opens nothing: `get` does not take it. */
export interface Listed {
  kind: Kind
  key: string
  payload: Artifact
}

export interface Artifacts {
  get(kind: Kind, id: string): Promise<Artifact | undefined>
  /** The record and the Grant it names, in one round trip (two on Redis Cluster). */
  getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }>
  /** A Session by its `uid`; without `jti`, which the caller did not prove to know. */
  byUid(kind: Kind, uid: string): Promise<Artifact | undefined>
  byUserCode(kind: Kind, userCode: string): Promise<Artifact | undefined>
  /** What was issued under a grant; not the Grant itself. */
  byGrant(grantId: string): Promise<Listed[]>
  /** The account's records of one kind (Session or Grant), newest first. */
  byAccount(kind: Kind, accountId: string): Promise<Listed[]>
  /**
   * All or nothing. False, and nothing is changed, when a consumed record is gone or was consumed before (of N parallel
   * callers exactly one wins), when one that is changed `ifPresent` is gone, or when a put names a Grant that no longer
   * exists and is not put in the same commit. A consumed record stays readable, with `consumed`, until it expires, so
   * that reuse can be seen, with `consumedBy` where the attempt was named. Where it throws, the outcome is unknown.
   */
  commit(changes: readonly Change[]): Promise<boolean>
  /** False when a live record of that name exists. What must be known after a loss of Redis too is in replay-marks.ts. */
  putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean>
  /** Removes the grant and everything under it. */
  dropGrant(grantId: string): Promise<void>
  /** Removes the account's sessions and grants, and everything under those. */
  dropAccount(accountId: string): Promise<void>
  /** Removes what has expired and answers how many, where the store does not do so itself. */
  sweep?(): Promise<number>
  /** Writes as little as shows that the store takes writes. @returns the store's time. Rejects when it does not take them. */
  probe(): Promise<Date>
  close(): Promise<void>
}
