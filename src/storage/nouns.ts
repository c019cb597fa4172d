import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Artifacts } from './artifacts/artifacts.ts'
import type { Kept } from './artifacts/kept.ts'
import type { Revocations } from './artifacts/revocations.ts'
import type { Changes } from './change-feed/changes.ts'
import type { Database } from './database/database.ts'
import type { Migrations } from './database/migrations.ts'
import type { Atomically } from './database/transactions.ts'
import type { Queue } from './queue/queue.ts'
import type { RedisClient } from './redis/redis.ts'
import type { ReplayMarks } from './replay/replay-marks.ts'
import type { UnconfirmedResponses } from './replay/unconfirmed-responses.ts'

/**
 * This folder owns the database with its change notifications and caches, Redis, the queue, and the store of temporary
 * data. It knows nothing about accounts, clients or protocols.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    artifacts: Artifacts
    atomically: Atomically
    changes: Changes
    database: Database
    em: SqlEntityManager
    revocations: Revocations
    kept: Kept
    migrations: Migrations
    queue: Queue
    /** null without Redis: then the database stores everything. */
    redis: RedisClient | null
    replayMarks: ReplayMarks
    unconfirmedResponses: UnconfirmedResponses
  }
}
