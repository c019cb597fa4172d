import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { StoreUnavailable } from '../../base/refusals.ts'
import { answer } from './redis.ts'
import { RedisSentinels } from './redis-sentinels.ts'

/** Milliseconds. A replica that works confirms within one or two; commands behind the wait wait as well. */
const CONFIRM_TIMEOUT = 500
/** Milliseconds for which the number of the master's replicas is remembered. */
const COUNTED_EVERY = 2000
/** Milliseconds after which fewer replicas than before are the usual number: longer than a fail-over takes. */
const USUAL_AFTER = 60_000

interface Counted {
  stream: Socket
  replicas: number
  until: number
}

/**
 * Acknowledges only what a fail-over cannot take back. Replicas have each write before it is answered (WAIT): as many as
 * are demanded, or, with Sentinel, all that the master has. Where it has none, or fewer than before, one of them may have
 * become the master a moment ago, whom the others follow: then the Sentinels must say that none is about to. Writes that
 * are answered together share one wait.
 */
export class RedisReplicas {
  readonly #redis: Redis
  readonly #demanded: number | null
  readonly #sentinels: RedisSentinels | null
  #counted: Counted | null = null
  #usual = { replicas: 0, until: 0 }
  #confirming: Promise<void> | null = null

  /** @param demanded null: what is usual */
  constructor(redis: Redis, { demanded }: { demanded: number | null }) {
    this.#redis = redis
    this.#demanded = demanded
    this.#sentinels = demanded === 0 ? null : RedisSentinels.of(redis)
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
    const confirmed = wanted > 0 && (await answer(this.#redis.wait(wanted, CONFIRM_TIMEOUT))) >= wanted
    // Those that are demanded may be fewer than there are: whether one is missing is seen after the wait.
    if (confirmed && !(this.#sentinels && this.#fewerThanUsual(await this.#count(stream)))) return
    this.#counted = null
    if ((confirmed || this.#demanded === null) && (await this.#sentinels?.sayMaster(stream))) return
    throw new StoreUnavailable('Redis', 'the write is not known to have reached a replica, and may be lost')
  }

  async #count(stream: Socket): Promise<number> {
    const all = this.#demanded === null
    if (all && this.#counted?.stream === stream && this.#counted.until > performance.now())
      return this.#counted.replicas
    const replicas = (await answer(this.#redis.info('replication'))).split('state=online').length - 1
    this.#counted = { stream, replicas, until: performance.now() + COUNTED_EVERY }
    return replicas
  }

  #fewerThanUsual(replicas: number): boolean {
    const now = performance.now()
    if (replicas < this.#usual.replicas && now < this.#usual.until) return true
    this.#usual = { replicas, until: now + USUAL_AFTER }
    return false
  }
}
