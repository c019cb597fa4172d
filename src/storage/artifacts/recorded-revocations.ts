import type { Artifact, Artifacts, Change, Kind, Listed } from './artifacts.ts'
import type { PostgresArtifacts } from './postgres-artifacts.ts'
import { type Revocations, revocationKeys } from './revocations.ts'

/**
 * Wraps a store of artifacts, and also records in the database that a grant, or every session and grant of an account,
 * was revoked.
 */
export class ArtifactsWithRecordedRevocations implements Artifacts {
  readonly #artifacts: Artifacts
  readonly #revocations: Revocations
  readonly #database: PostgresArtifacts

  /** @param database holds replay marks, even when artifacts are in Redis */
  constructor(
    artifacts: Artifacts,
    { revocations, database }: { revocations: Revocations; database: PostgresArtifacts },
  ) {
    this.#artifacts = artifacts
    this.#revocations = revocations
    this.#database = database
  }

  get(kind: Kind, id: string): Promise<Artifact | undefined> {
    return this.#artifacts.get(kind, id)
  }

  getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    return this.#artifacts.getWithGrant(kind, id)
  }

  async byUid(kind: Kind, uid: string): Promise<Artifact | undefined> {
    const found = await this.#artifacts.byUid(kind, uid)
    if (!found?.accountId) return found
    const revoked = await this.#revocations.of(found.accountId)
    return revocationKeys(found).some(name => revoked.has(name)) ? undefined : found
  }

  byUserCode(kind: Kind, userCode: string): Promise<Artifact | undefined> {
    return this.#artifacts.byUserCode(kind, userCode)
  }

  byGrant(grantId: string): Promise<Listed[]> {
    return this.#artifacts.byGrant(grantId)
  }

  byAccount(kind: Kind, accountId: string): Promise<Listed[]> {
    return this.#artifacts.byAccount(kind, accountId)
  }

  commit(changes: readonly Change[]): Promise<boolean> {
    return this.#artifacts.commit(changes)
  }

  putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean> {
    return this.#artifacts.putIfAbsent(kind, id, payload, ttl)
  }

  /** Records the revocation first, so that the grant is dead even if the store then fails. */
  async dropGrant(grantId: string): Promise<void> {
    const grant = await this.#artifacts.get('Grant', grantId)
    if (grant?.accountId)
      await this.#revocations.record([{ accountId: grant.accountId, id: grantId, exp: expiry(grant) }])
    await this.#artifacts.dropGrant(grantId)
  }

  async dropAccount(accountId: string): Promise<void> {
    const [sessions, grants] = [
      await this.#artifacts.byAccount('Session', accountId),
      await this.#artifacts.byAccount('Grant', accountId),
    ]
    await this.#revocations.record([
      ...sessions.map(({ payload }) => ({ accountId, id: String(payload.uid), exp: expiry(payload) })),
      ...grants.map(({ payload }) => ({ accountId, id: String(payload.jti), exp: expiry(payload) })),
    ])
    await this.#artifacts.dropAccount(accountId)
  }

  async sweep(): Promise<number> {
    return (await this.#database.sweep()) + (await this.#revocations.sweep())
  }

  probe(): Promise<Date> {
    return this.#artifacts.probe()
  }

  close(): Promise<void> {
    return this.#artifacts.close()
  }
}

function expiry({ exp }: Artifact): number | undefined {
  return typeof exp === 'number' ? exp : undefined
}
