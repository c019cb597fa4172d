import type { Changes } from '../change-feed/changes.ts'
import type { Sql } from '../database/sql.ts'
import { keyOf } from './artifact.ts'
import type { Artifact } from './artifacts.ts'

/** Seconds for which a revocation is remembered if the record's expiry is unknown. */
const LONGEST_LIFE = 400 * 24 * 60 * 60

/** A session (by its `uid`) or a grant (by its ID) that was revoked before it expired. */
interface Revocation {
  accountId: string
  id: string
  /** When it would have expired, in epoch seconds. */
  exp: number | undefined
}

/**
 * The sessions and grants of an account that were revoked before they expired. They are kept in the database until that
 * expiry, so that a Redis that lost the revocation (failover, restored copy) doesn't bring the record back. Only digests of
 * names are stored. Each revocation notifies of a change of the account, so that cached data is read again.
 */
export class Revocations {
  readonly #parts

  constructor(parts: { sql: Sql; changes: Changes }) {
    this.#parts = parts
  }

  /** If a revocation is recorded twice, the earlier expiry applies: the first call may not have known it. */
  async record(revocations: readonly Revocation[]): Promise<void> {
    for (const { accountId, id, exp } of revocations) {
      const until = exp ?? Math.floor(Date.now() / 1000) + LONGEST_LIFE
      await this.#parts.sql.query(
        `insert into revocation (account_id, id, expires_at)
         select account.id, ?, to_timestamp(?) from account where account.id = ?
         on conflict (account_id, id) do update set expires_at = least(revocation.expires_at, excluded.expires_at)`,
        [keyOf(id), until, accountId],
      )
    }
    for (const accountId of new Set(revocations.map(revocation => revocation.accountId)))
      this.#parts.changes.notify(`account:${accountId}`)
  }

  /** The keys (`keyOf`) of the account's revoked sessions and grants. */
  async of(accountId: string): Promise<Set<string>> {
    const rows = await this.#parts.sql.query<{ id: string }>('select id from revocation where account_id = ?', [
      accountId,
    ])
    return new Set(rows.map(({ id }) => id))
  }

  async sweep(): Promise<number> {
    const gone = await this.#parts.sql.query('delete from revocation where expires_at <= now() returning 1 as gone', [])
    return gone.length
  }
}

/** The keys whose revocation also revokes this record: its own, its grant's and its session's. */
export function revocationKeys({ uid, jti, grantId, sessionUid, kind }: Artifact): string[] {
  const names = [grantId, sessionUid, kind === 'Session' ? uid : undefined, kind === 'Grant' ? jti : undefined]
  return names.filter(name => typeof name === 'string').map(keyOf)
}
