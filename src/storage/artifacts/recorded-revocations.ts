import type { Artifact, Artifacts } from './artifacts.ts'
import type { PostgresArtifacts } from './postgres-artifacts.ts'
import { type Revocations, revocationKeys } from './revocations.ts'

/**
 * Wraps a store of artifacts, and also records in the database that a grant, or every session and grant of an account,
 * was revoked.
 * @param database holds replay marks, even when artifacts are in Redis
 */
export function withRecordedRevocations(
  artifacts: Artifacts,
  { revocations, database }: { revocations: Revocations; database: PostgresArtifacts },
): Artifacts {
  return {
    get: (kind, id) => artifacts.get(kind, id),
    getWithGrant: (kind, id) => artifacts.getWithGrant(kind, id),
    async byUid(kind, uid) {
      const found = await artifacts.byUid(kind, uid)
      if (!found?.accountId) return found
      const revoked = await revocations.of(found.accountId)
      return revocationKeys(found).some(key => revoked.has(key)) ? undefined : found
    },
    byGrant: grantId => artifacts.byGrant(grantId),
    byAccount: (kind, accountId) => artifacts.byAccount(kind, accountId),
    commit: changes => artifacts.commit(changes),
    putIfAbsent: (kind, id, payload, ttl) => artifacts.putIfAbsent(kind, id, payload, ttl),
    // The revocation is recorded first, so that the grant is invalid even if the store then fails.
    async dropGrant(grantId) {
      const grant = await artifacts.get('Grant', grantId)
      if (grant?.accountId) await revocations.record([{ accountId: grant.accountId, id: grantId, exp: expiry(grant) }])
      await artifacts.dropGrant(grantId)
    },
    async dropAccount(accountId) {
      const sessions = await artifacts.byAccount('Session', accountId)
      const grants = await artifacts.byAccount('Grant', accountId)
      await revocations.record([
        ...sessions.map(({ payload }) => ({ accountId, id: String(payload.uid), exp: expiry(payload) })),
        ...grants.map(({ payload }) => ({ accountId, id: String(payload.jti), exp: expiry(payload) })),
      ])
      await artifacts.dropAccount(accountId)
    },
    sweep: async () => (await database.sweep()) + (await revocations.sweep()),
    probe: () => artifacts.probe(),
    close: () => artifacts.close(),
  }
}

function expiry({ exp }: Artifact): number | undefined {
  return typeof exp === 'number' ? exp : undefined
}
