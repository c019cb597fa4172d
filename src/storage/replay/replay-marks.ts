import { StoreUnavailable } from '../../base/refusals.ts'
import type { Artifacts, Kind } from '../artifacts/artifacts.ts'
import type { Sql } from '../database/sql.ts'
import type { Presented, RedisMarks } from './redis-marks.ts'

/**
 * Marks of single-use values that are not stored before they are used. A mark stays until its value could no longer be
 * presented. Marks must survive a Redis that loses data (FLUSHALL, restart, old copy, failover), so they are kept in
 * the database. For proofs that come with every request, marks are kept in Redis, along with the time at which it began
 * to keep them. Proofs issued before that time are refused. While that time is recent, the database is asked too; it is
 * also asked about proofs that state no issue time or one in the future.
 */
export class ReplayMarks {
  readonly #parts

  constructor(parts: { sql: Sql; database: Artifacts; redis: RedisMarks | null }) {
    this.#parts = parts
  }

  /** Runs before the first request. The database knows whether this Redis is the first or replaces a lost one. */
  async begin(): Promise<void> {
    const { sql: database, redis } = this.#parts
    if (!redis) return
    await database.transaction(async sql => {
      const first = await sql.query(
        'insert into redis_usage (singleton, first_used_at) values (true, now()) on conflict do nothing returning 1 as first',
        [],
      )
      await redis.recordStart({ first: first.length === 1 })
    })
  }

  /** False if it was used before. For rare uses, since each is a database statement. */
  use(kind: Kind, id: string, ttl: number): Promise<boolean> {
    return this.#parts.database.putIfAbsent(kind, id, {}, ttl)
  }

  /** Allows it to be used again, after the operation that used it failed. */
  async release(kind: Kind, id: string): Promise<void> {
    await this.#parts.database.commit([{ do: 'drop', kind, id }])
  }

  /**
   * Like `use`, for proofs that come with every request; usually one script in Redis.
   * @throws StoreUnavailable if it may have been used before Redis began to keep marks
   */
  async useProof(presented: Presented): Promise<boolean> {
    const verdict = (await this.#parts.redis?.mark(presented)) ?? 2
    if (verdict === 3)
      throw new StoreUnavailable(
        'Redis',
        'a proof was issued before this Redis began to keep replay marks, so it may have been used before; newer proofs are accepted',
        'FORGOTTEN',
        'this proof may have been used before; send a new one',
      )
    return verdict === 2 ? this.use(presented.kind, presented.id, presented.ttl) : verdict === 1
  }
}
