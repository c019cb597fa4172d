import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Artifacts } from './artifacts/artifacts.ts'
import type { Ends } from './artifacts/ends.ts'
import type { Kept } from './artifacts/kept.ts'
import type { Changes } from './database/changes.ts'
import type { Database } from './database/database.ts'
import type { Migrations } from './database/migrations.ts'
import type { Atomically } from './database/transactions.ts'
import type { Queue } from './queue/queue.ts'
import type { RedisClient } from './redis/redis.ts'
import type { ReplayMarks } from './replay/replay-marks.ts'
import type { UnconfirmedAnswers } from './replay/unconfirmed-answers.ts'

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
