import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { StoreUnavailable } from '../../base/refusals.ts'
import { redisReply } from './redis.ts'
import { RedisSentinels } from './redis-sentinels.ts'

/** Milliseconds. A working replica confirms within one or two; other commands on the connection wait meanwhile. */
const CONFIRM_TIMEOUT = 500
/** Milliseconds for which the master's number of replicas is cached. */
const COUNTED_EVERY = 2000
/** Milliseconds after which a lower number of replicas counts as normal; longer than a failover takes. */
const EXPECTED_FOR = 60_000

interface Counted {
  stream: Socket
  replicas: number
  until: number
}

/**
 * Acknowledges a write only once a failover can't lose it. Replicas must confirm each write first (WAIT): as many as
 * are configured, or, with Sentinel, all that the master has. If the master has none, or fewer than before, one of them
 * may just have been promoted, with the others following it. Then the Sentinels must confirm that this server is the
 * master and that no failover is in progress. Writes at the same time share one WAIT.
 */
export class RedisReplicas {
  readonly #redis: Redis
  readonly #required: number | null
  readonly #sentinels: RedisSentinels | null
  #counted: Counted | null = null
  #expected = { replicas: 0, until: 0 }
  #confirming: Promise<void> | null = null

  /** @param required how many replicas must confirm; null: all that the master has, with Sentinel only */
  constructor(redis: Redis, { required }: { required: number | null }) {
    this.#redis = redis
    this.#required = required
    this.#sentinels = required === 0 ? null : RedisSentinels.of(redis)
  }

  /** @throws StoreUnavailable if the write may have been made and may be lost */
  async confirm<T>(write: () => Promise<T>): Promise<T> {
    const { stream } = this.#redis
    const value = await redisReply(this.#redis, write())
    await this.#confirmed()
    // WAIT covers only its own connection, and one that is closing may have led to a server that is no longer master.
    if (stream && (stream !== this.#redis.stream || stream.writableEnded))
      throw new StoreUnavailable('Redis', 'the connection to the master changed during the write')
    return value
  }

  close(): void {
    this.#sentinels?.close()
  }

  async #confirmed(): Promise<void> {
    if (!this.#sentinels && !this.#required) return
    this.#confirming ??= new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#confirming = null
      return this.#check()
    })
    await this.#confirming
  }

  async #check(): Promise<void> {
    const stream = this.#redis.stream as Socket
    const wanted = this.#required ?? (await this.#count(stream))
    const confirmed = wanted > 0 && (await redisReply(this.#redis, this.#redis.wait(wanted, CONFIRM_TIMEOUT))) >= wanted
    // There may be more replicas than the configured number, so a missing one only shows in the count after WAIT.
    if (confirmed && !(this.#sentinels && this.#fewerThanExpected(await this.#count(stream)))) return
    this.#counted = null
    if ((confirmed || this.#required === null) && (await this.#sentinels?.confirmMaster(stream))) return
    throw new StoreUnavailable('Redis', 'the write is not known to have reached a replica, and may be lost')
  }

  async #count(stream: Socket): Promise<number> {
    const all = this.#required === null
    if (all && this.#counted?.stream === stream && this.#counted.until > performance.now())
      return this.#counted.replicas
    const replicas = (await redisReply(this.#redis, this.#redis.info('replication'))).split('state=online').length - 1
    this.#counted = { stream, replicas, until: performance.now() + COUNTED_EVERY }
    return replicas
  }

  #fewerThanExpected(replicas: number): boolean {
    const now = performance.now()
    if (replicas < this.#expected.replicas && now < this.#expected.until) return true
    this.#expected = { replicas, until: now + EXPECTED_FOR }
    return false
  }
}
