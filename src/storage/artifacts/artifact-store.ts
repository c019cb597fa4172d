import type { Needs } from '../../base/nouns.ts'
import { sqlOf } from '../database/sql.ts'
import { connectRedis } from '../redis/redis.ts'
import { ReplayMarks } from '../replay/replay-marks.ts'
import { UnconfirmedResponses } from '../replay/unconfirmed-responses.ts'
import { PostgresArtifacts } from './postgres-artifacts.ts'
import { withRecordedRevocations } from './recorded-revocations.ts'
import { redisArtifacts } from './redis/redis-artifacts.ts'
import { Revocations } from './revocations.ts'

type Parts = Needs<'database' | 'changes' | 'config' | 'log' | 'outages'> & { prefix: string }
type Store = Needs<'artifacts' | 'revocations' | 'replayMarks' | 'unconfirmedResponses' | 'redis'>

/**
 * Creates the stores of temporary data, and of what must survive a loss of Redis: revocations, replay marks and
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
  const { redisUrl, redisReplicas: replicas, redisTimeout } = config
  const onConnectionError = (reason: string) => outages.note({ store: 'Redis', reason })
  const redis = redisUrl ? connectRedis(redisUrl, { onConnectionError, replyTimeout: 1000 * redisTimeout }) : null
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
