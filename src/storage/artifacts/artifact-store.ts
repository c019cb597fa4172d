import type { Config } from '../../base/config.ts'
import type { Logger } from '../../base/log.ts'
import type { OutageLog } from '../../base/outage-log.ts'
import type { Changes } from '../change-feed/changes.ts'
import type { Database } from '../database/database.ts'
import { sqlOf } from '../database/sql.ts'
import { connectRedis, type RedisClient } from '../redis/redis.ts'
import { ReplayMarks } from '../replay/replay-marks.ts'
import { UnconfirmedResponses } from '../replay/unconfirmed-responses.ts'
import type { Artifacts } from './artifacts.ts'
import { ArtifactsWithDurableEnds } from './durable-ends.ts'
import { Ends } from './ends.ts'
import { PostgresArtifacts } from './postgres-artifacts.ts'
import { redisArtifacts } from './redis/redis-artifacts.ts'

interface Parts {
  database: Database
  changes: Changes
  config: Pick<Config, 'redisUrl' | 'redisReplicas'>
  prefix: string
  log: Logger
  outages: OutageLog
}

interface Store {
  artifacts: Artifacts
  ends: Ends
  replayMarks: ReplayMarks
  unconfirmedResponses: UnconfirmedResponses
  /** null without Redis: then the database stores everything. */
  redis: RedisClient | null
}

/**
 * Creates the stores of everything that expires, and of what must survive a loss of Redis: ends, replay marks and
 * unconfirmed responses.
 */
export function artifactStore({ database: { em, aside }, changes, config, prefix, log, outages }: Parts): Store {
  const { redisUrl, redisReplicas: replicas } = config
  const onTrouble = (reason: string) => outages.note({ store: 'Redis', reason })
  const redis = redisUrl ? connectRedis(redisUrl, { onTrouble }) : null
  const sql = sqlOf(em)
  const ends = new Ends({ sql, changes })
  const database = new PostgresArtifacts(sql, aside)
  const inRedis = redis && redisArtifacts(redis, { prefix, replicas })
  return {
    artifacts: new ArtifactsWithDurableEnds(inRedis ?? database, { ends, database }),
    ends,
    replayMarks: new ReplayMarks({ sql, database, redis: inRedis }),
    unconfirmedResponses: new UnconfirmedResponses({ sql, log }),
    redis,
  }
}
