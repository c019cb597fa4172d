import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Artifacts } from './artifacts.ts'
import type { Changes } from './changes.ts'
import { ArtifactsWithDurableEnds } from './durable-ends.ts'
import { Ends } from './ends.ts'
import { PostgresArtifacts } from './postgres-artifacts.ts'
import type { RedisClient } from './redis.ts'
import { redisArtifacts } from './redis-artifacts.ts'
import { sqlOf } from './sql.ts'

interface Parts {
  em: SqlEntityManager
  changes: Changes
  /** null: the database. */
  redis: RedisClient | null
  prefix: string
  replicas: number | null
}

/** Where everything that expires is kept, and what the database remembers of its ends. */
export function artifactStore({ em, changes, redis, prefix, replicas }: Parts): { artifacts: Artifacts; ends: Ends } {
  const ends = new Ends({ sql: sqlOf(em), changes })
  const kept = redis ? redisArtifacts(redis, { prefix, replicas }) : new PostgresArtifacts(sqlOf(em))
  return { ends, artifacts: new ArtifactsWithDurableEnds(kept, { ends }) }
}
