import { Redis } from 'ioredis'
import { PROBE_TTL, REDIS_PREFIX, type RedisClient, redisReply, timeOf } from '../../redis/redis.ts'
import { RedisReplicas } from '../../redis/redis-replicas.ts'
import {
  type MarkScripts,
  type Presented,
  type RedisMarks,
  type Verdict,
  withMarkScripts,
} from '../../replay/redis-marks.ts'
import { droppedKey, keyOf, store } from '../artifact.ts'
import type { Artifact, Artifacts, Change, Kind } from '../artifacts.ts'
import { RedisClusterArtifacts } from './redis-cluster-artifacts.ts'
import { RedisReads } from './redis-reads.ts'
import { accountName, consumptionMark, grantName, links, read, recordName, write } from './redis-record.ts'
import { type Scripts, withScripts } from './redis-scripts.ts'

/** Name of the key that holds the time at which this Redis began to keep marks. */
const START = 'marks-since'

interface Options {
  prefix?: string
  /** How many replicas must confirm a write; null for the default (see `RedisReplicas`). Ignored on a Cluster. */
  replicas?: number | null
}

/** Creates the store for a client: a single server and a Cluster achieve atomicity in different ways. */
export function redisArtifacts(redis: RedisClient, options: Options = {}): Artifacts & RedisMarks {
  return redis instanceof Redis ? new RedisArtifacts(redis, options) : new RedisClusterArtifacts(redis, options)
}

/**
 * Artifacts on a single Redis server or a Sentinel master. Every call is one round trip: a SET for a record without
 * links, a script for anything else.
 */
class RedisArtifacts extends RedisReads implements Artifacts, RedisMarks {
  readonly #redis: Redis & Scripts & MarkScripts
  readonly #prefix: string
  readonly #replicas: RedisReplicas

  constructor(redis: Redis, { prefix = REDIS_PREFIX, replicas = null }: Options = {}) {
    super()
    this.#redis = withMarkScripts(withScripts(redis))
    this.#prefix = prefix
    this.#replicas = new RedisReplicas(redis, { required: replicas })
  }

  async getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    const reply = await redisReply(
      this.#redis,
      this.#redis.gatehouseWithGrant(this.#prefix, recordName(kind, keyOf(id))),
    )
    const [record, grant] = reply as (string | null)[]
    return { ...(record && { record: read(record, id) }), ...(grant && { grant: read(grant) }) }
  }

  async commit(changes: readonly Change[]): Promise<boolean> {
    const args: (string | number)[] = []
    for (const change of changes) {
      if (change.do === 'put') {
        const { name, value, ttl, grant, account, pointer } = write(
          store(change.kind, change.id, change.payload, change.ttl),
        )
        if (changes.length === 1 && !grant && !account && !pointer && !change.ifPresent) {
          await this.#replicas.confirm(() => this.#redis.set(this.#prefix + name, value, 'EX', ttl))
          return true
        }
        args.push(change.ifPresent ? 'replace' : 'put', name, value, ttl, grant, account, pointer)
      } else if (change.do === 'consume') {
        args.push('consume', recordName(change.kind, keyOf(change.id)), consumptionMark(change), '', '', '', '')
      } else {
        const act = change.ifPresent ? 'take' : 'drop'
        args.push(act, recordName(change.kind, droppedKey(change)), '', '', '', '', '')
      }
    }
    return (await this.#replicas.confirm(() => this.#redis.gatehouseCommit(this.#prefix, ...args))) === 1
  }

  async putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean> {
    const { name, value, ttl: seconds } = write(store(kind, id, payload, ttl))
    const mark = () => this.#redis.set(this.#prefix + name, value, 'EX', seconds, 'NX')
    return (await this.#replicas.confirm(mark)) === 'OK'
  }

  async dropGrant(grantId: string): Promise<void> {
    await this.#replicas.confirm(() => this.#redis.gatehouseDropGrant(this.#prefix, grantName(grantId)))
  }

  async dropAccount(accountId: string): Promise<void> {
    await this.#replicas.confirm(() => this.#redis.gatehouseDropAccount(this.#prefix, accountName(accountId)))
  }

  mark({ kind, id, ttl, issuedAt }: Presented): Promise<Verdict> {
    const { name, value, ttl: seconds } = write(store(kind, id, {}, ttl))
    const { start, key } = { start: this.#prefix + START, key: this.#prefix + name }
    return this.#replicas.confirm(() => this.#redis.gatehouseMark(start, key, value, seconds, issuedAt ?? ''))
  }

  async recordStart({ first }: { first: boolean }): Promise<Date> {
    const { start, probe } = { start: this.#prefix + START, probe: `${this.#prefix}readiness` }
    return timeOf(
      await this.#replicas.confirm(() => this.#redis.gatehouseRecordStart(start, probe, PROBE_TTL, first ? 1 : 0)),
    )
  }

  probe(): Promise<Date> {
    return this.recordStart({ first: false })
  }

  async close(): Promise<void> {
    this.#replicas.close()
    this.#redis.disconnect()
  }

  protected value(name: string): Promise<string | null> {
    return redisReply(this.#redis, this.#redis.get(this.#prefix + name))
  }

  protected async follow(pointer: string): Promise<Artifact | undefined> {
    const value = await redisReply(this.#redis, this.#redis.gatehouseFollow(this.#prefix, pointer))
    return typeof value === 'string' && links(value).pointer === pointer ? read(value) : undefined
  }

  protected async members(index: string): Promise<[name: string, value: string][]> {
    const reply = (await redisReply(this.#redis, this.#redis.gatehouseList(this.#prefix, index))) as string[]
    return Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i]!, reply[2 * i + 1]!])
  }
}
