import type { Cluster } from 'ioredis'
import { store } from '../artifacts/artifact.ts'
import { all } from '../artifacts/redis/redis-cluster-records.ts'
import { PROBE_TTL, redisReply, timeOf } from '../redis/redis.ts'
import { type MarkScripts, type Presented, type RedisMarks, type Verdict, withMarkScripts } from './redis-marks.ts'

/**
 * Hash tags whose slots are at most 557 apart (of 16,384), so that every master with more slots than that holds at
 * least one. Replay marks are stored in these slots, each next to the time at which the slot's master began to keep
 * marks.
 */
const TAGS = [
  973, 707, 25, 617, 180, 527, 758, 809, 634, 840, 138, 383, 208, 196, 318, 152, 102, 348, 137, 258, 63, 785, 935, 695,
  496, 708, 586, 618, 793, 916, 683, 40,
]

/** Replay marks on Redis Cluster. Each master has its own start time, since it may lose its data while others don't. */
export class RedisClusterMarks implements RedisMarks {
  readonly #redis: Cluster & MarkScripts
  readonly #prefix: string

  constructor(redis: Cluster, prefix: string) {
    this.#redis = withMarkScripts(redis)
    this.#prefix = prefix
  }

  mark({ kind, id, ttl, issuedAt }: Presented): Promise<Verdict> {
    const { key, body, ttl: seconds } = store(kind, id, {}, ttl)
    const tag = TAGS[Buffer.from(key.slice(0, 2), 'base64url')[0]! % TAGS.length]
    const [start, name] = [`${this.#prefix}marks-since:{${tag}}`, `${this.#prefix}${kind}:{${tag}}:${key}`]
    return redisReply(this.#redis, this.#redis.gatehouseMark(start, name, body, seconds, issuedAt ?? ''))
  }

  /** Writes to every part of the cluster. While a part is unavailable, its marks fail and the others still work. */
  async recordStart({ first }: { first: boolean }): Promise<Date> {
    const [time] = await all(
      this.#redis,
      TAGS.map(tag => {
        const [start, probe] = [`${this.#prefix}marks-since:{${tag}}`, `${this.#prefix}readiness:{${tag}}`]
        return this.#redis.gatehouseRecordStart(start, probe, PROBE_TTL, first ? 1 : 0)
      }),
    )
    return timeOf(time!)
  }
}
