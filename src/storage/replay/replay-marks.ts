import { StoreUnavailable } from '../../base/refusals.ts'
import type { Artifacts, Kind } from '../artifacts/artifacts.ts'
import type { Sql } from '../database/sql.ts'
import type { Presented, RedisMarks } from './redis-marks.ts'

/**
 * What may be used once only and is not kept until then: of the used ones a mark stays until nobody could present them
 * any more. The mark must outlast a Redis that loses its memory, by FLUSHALL, a restart, an old copy or a fail-over, so it
 * is kept in the database. Of proofs that come with every request it is kept in Redis, which knows since when it
 * remembers: what was made before is refused, and the database is asked as well where that moment is recent, or where the
 * proof does not say when it was made, or names a time to come.
 */
export class ReplayMarks {
  readonly #sql: Sql
  readonly #database: Artifacts
  readonly #redis: RedisMarks | null

  constructor({ sql, database, redis }: { sql: Sql; database: Artifacts; redis: RedisMarks | null }) {
    this.#sql = sql
    this.#database = database
    this.#redis = redis
  }

  /** Before the first request: whether this Redis is the first, or follows one that was lost, the database knows. */
  async begin(): Promise<void> {
    const redis = this.#redis
    if (!redis) return
    await this.#sql.transaction(async sql => {
      const first = await sql.query(
        'insert into redis_begun (one, begun_at) values (true, now()) on conflict do nothing returning 1 as first',
        [],
      )
      await redis.recordStart({ first: first.length === 1 })
    })
  }

  /** False where it was used before. For what is rare: one statement to the database. */
  use(kind: Kind, id: string, ttl: number): Promise<boolean> {
    return this.#database.putIfAbsent(kind, id, {}, ttl)
  }

  /** It may be used again: what it was used for has failed. */
  async release(kind: Kind, id: string): Promise<void> {
    await this.#database.commit([{ do: 'drop', kind, id }])
  }

  /**
   * The same for proofs that come with every request: usually one script in Redis.
   * @throws StoreUnavailable where it may have been used before the memory of Redis begins
   */
  async useProof(presented: Presented): Promise<boolean> {
    const verdict = this.#redis ? await this.#redis.mark(presented) : 2
    if (verdict === 3)
      throw new StoreUnavailable(
        'Redis',
        'it has begun to remember after a proof was made that may have been used before; fresh ones are accepted',
        'FORGOTTEN',
        'it is not known whether this proof was used before; make a fresh one and try again',
      )
    return verdict === 2 ? this.use(presented.kind, presented.id, presented.ttl) : verdict === 1
  }
}
