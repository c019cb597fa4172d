import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { StoreUnavailable } from '../base/refusals.ts'
import { answer } from './redis.ts'
import { RedisSentinels } from './redis-sentinels.ts'

/** Milliseconds. A replica that works confirms within one or two; commands behind the wait wait as well. */
const CONFIRM_TIMEOUT = 500
/** Milliseconds for which the number of the master's replicas is remembered. */
const COUNTED_EVERY = 2000

/**
 * Acknowledges only what a fail-over cannot take back. Replicas have each write before it is answered (WAIT): as many as
 * are demanded, or, with Sentinel, all that the master has; where it has none, or fewer than a moment ago, the Sentinels
 * must say that it is still the master. Writes that are answered together share one wait.
 */
export class RedisReplicas {
  readonly #redis: Redis
  readonly #demanded: number | null
  readonly #sentinels: RedisSentinels | null
  #counted: { stream: Socket; replicas: number; until: number } | null = null
  #confirming: Promise<void> | null = null

  /** @param demanded null: what is usual */
  constructor(redis: Redis, { demanded }: { demanded: number | null }) {
    this.#redis = redis
    this.#demanded = demanded
    this.#sentinels = demanded === null ? RedisSentinels.of(redis) : null
  }

  /** @throws StoreUnavailable where the write may have been made, and may be lost */
  async have<T>(write: () => Promise<T>): Promise<T> {
    const { stream } = this.#redis
    const value = await answer(write())
    await this.#confirmed()
    // WAIT speaks for the writes of its own connection only, and a connection that is being closed was to a master that
    // is none any more.
    if (stream && (stream !== this.#redis.stream || stream.writableEnded))
      throw new StoreUnavailable('Redis', 'the connection to the master changed while it was written')
    return value
  }

  close(): void {
    this.#sentinels?.close()
  }

  async #confirmed(): Promise<void> {
    if (!this.#sentinels && !this.#demanded) return
    this.#confirming ??= new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#confirming = null
      return this.#confirm()
    })
    await this.#confirming
  }

  async #confirm(): Promise<void> {
    const stream = this.#redis.stream as Socket
    const wanted = this.#demanded ?? (await this.#count(stream))
    if (wanted > 0 && (await answer(this.#redis.wait(wanted, CONFIRM_TIMEOUT))) >= wanted) return
    this.#counted = null
    if (await this.#sentinels?.sayMaster(stream)) return
    throw new StoreUnavailable('Redis', 'the write is not known to have reached a replica, and may be lost')
  }

  async #count(stream: Socket): Promise<number> {
    if (this.#counted?.stream === stream && this.#counted.until > performance.now()) return this.#counted.replicas
    const replicas = (await answer(this.#redis.info('replication'))).split('state=online').length - 1
    this.#counted = { stream, replicas, until: performance.now() + COUNTED_EVERY }
    return replicas
  }
}
