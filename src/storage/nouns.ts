import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Artifacts } from './artifacts.ts'
import type { Changes } from './changes.ts'
import type { Database } from './database.ts'
import type { Ends } from './ends.ts'
import type { Kept } from './kept.ts'
import type { Migrations } from './migrations.ts'
import type { Queue } from './queue.ts'
import type { RedisClient } from './redis.ts'
import type { ReplayMarks } from './replay-marks.ts'
import type { Atomically } from './transactions.ts'
import type { UnconfirmedAnswers } from './unconfirmed-answers.ts'

/**
 * The database, its change notifications and caches, Redis, the queue, and the contract for everything that expires.
 * It knows nothing of the product.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    artifacts: Artifacts
    atomically: Atomically
    changes: Changes
    database: Database
    em: SqlEntityManager
    ends: Ends
    kept: Kept
    migrating: Migrations
    queue: Queue
    /** null: the database keeps everything. */
    redis: RedisClient | null
    replayMarks: ReplayMarks
    unconfirmedAnswers: UnconfirmedAnswers
  }
}
