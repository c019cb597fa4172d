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
import { PostgresArtifacts } from './postgres-artifacts.ts'
import { withRecordedRevocations } from './recorded-revocations.ts'
import { redisArtifacts } from './redis/redis-artifacts.ts'
import { Revocations } from './revocations.ts'

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
  revocations: Revocations
  replayMarks: ReplayMarks
  unconfirmedResponses: UnconfirmedResponses
  /** null without Redis: then the database stores everything. */
  redis: RedisClient | null
}

/**
 * Creates the stores of everything that expires, and of what must survive a loss of Redis: revocations, replay marks and
 * unconfirmed responses.
 */
export function artifactStore({
  database: { em, readinessQuery },
  changes,
  config,
  prefix,
  log,
  outages,
}: Parts): Store {
  const { redisUrl, redisReplicas: replicas } = config
  const onConnectionError = (reason: string) => outages.note({ store: 'Redis', reason })
  const redis = redisUrl ? connectRedis(redisUrl, { onConnectionError }) : null
  const sql = sqlOf(em)
  const revocations = new Revocations({ sql, changes })
  const database = new PostgresArtifacts(sql, readinessQuery)
  const inRedis = redis && redisArtifacts(redis, { prefix, replicas })
  return {
    artifacts: withRecordedRevocations(inRedis ?? database, { revocations, database }),
    revocations,
    replayMarks: new ReplayMarks({ sql, database, redis: inRedis }),
    unconfirmedResponses: new UnconfirmedResponses({ sql, log }),
    redis,
  }
}
