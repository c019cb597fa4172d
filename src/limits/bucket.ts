import { answer, type RedisClient } from '../storage/redis.ts'

/** A bucket as it is filled: how many fit, and how often one comes back, in milliseconds. */
export interface Measure {
  burst: number
  interval: number
}

/**
 * Buckets that refill evenly, by the generic cell rate algorithm: of a bucket only the moment is kept at which it will
 * be full again. A take moves that moment one interval on, unless it would lie further ahead than a whole bucket.
 */
export interface Buckets {
  /** Takes one. @returns 0, or the milliseconds until there is one */
  take(key: string, measure: Measure, now: number): Promise<number>
  giveBack(key: string, measure: Measure, now: number): Promise<void>
  /** Fills it. */
  fill(key: string): Promise<void>
}

/** Where strangers make up the keys, more than this many are not kept: the oldest give way. */
const MOST = 100_000

/** In this process alone: the embedded provider, and what is left while Redis is down. */
export class MemoryBuckets implements Buckets {
  /** By the clock, and by the time that the process has run, which nobody sets. */
  readonly #fullAt = new Map<string, { clock: number; running: number }>()

  async take(key: string, { burst, interval }: Measure, now: number): Promise<number> {
    const fullAt = Math.max(this.#kept(key, now), now) + interval
    const wait = fullAt - now - burst * interval
    if (wait > 0) return wait
    this.#keep(key, fullAt, now)
    return 0
  }

  async giveBack(key: string, { interval }: Measure, now: number): Promise<void> {
    const fullAt = this.#kept(key, now) - interval
    if (fullAt > now) this.#keep(key, fullAt, now)
    else this.#fullAt.delete(key)
  }

  async fill(key: string): Promise<void> {
    this.#fullAt.delete(key)
  }

  /** After the clock was set back, the time that really passes says how long it takes. */
  #kept(key: string, now: number): number {
    const { clock, running } = this.#fullAt.get(key) ?? { clock: 0, running: 0 }
    return Math.min(clock, now + Math.max(Math.ceil(running - performance.now()), 0))
  }

  #keep(key: string, fullAt: number, now: number): void {
    this.#fullAt.delete(key)
    if (this.#fullAt.size >= MOST)
      for (const [each, { clock }] of this.#fullAt) if (clock <= now) this.#fullAt.delete(each)
    if (this.#fullAt.size >= MOST) this.#fullAt.delete(this.#fullAt.keys().next().value!)
    this.#fullAt.set(key, { clock: fullAt, running: performance.now() + fullAt - now })
  }
}

/**
 * The moment at which the bucket is full, by the clock of the asking process. Another process may have written it by a
 * clock that is ahead; the key's own time to live says how long it really takes.
 */
const KEPT = `
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = math.min(tonumber(redis.call('GET', KEYS[1]) or 0), now + math.max(redis.call('PTTL', KEYS[1]), 0))
`

/** KEYS: the bucket. ARGV: now, interval, burst. The milliseconds to wait, 0 for none. */
const TAKE = `${KEPT}
local full = math.max(kept, now) + interval
local wait = full - now - tonumber(ARGV[3]) * interval
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', full - now)
return 0
`

/** KEYS: the bucket. ARGV: now, interval. */
const GIVE_BACK = `${KEPT}
local full = kept - interval
if full > now then redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', full - now)
else redis.call('DEL', KEYS[1]) end
`

type Script = (...args: (string | number)[]) => Promise<unknown>
type Scripted = RedisClient & { gatehouseTake: Script; gatehouseGiveBack: Script }

/** In Redis, one for all processes. The time is the asking process's. */
export class RedisBuckets implements Buckets {
  readonly #redis: Scripted
  readonly #prefix: string

  constructor(redis: RedisClient, prefix: string) {
    redis.defineCommand('gatehouseTake', { lua: TAKE, numberOfKeys: 1 })
    redis.defineCommand('gatehouseGiveBack', { lua: GIVE_BACK, numberOfKeys: 1 })
    this.#redis = redis as Scripted
    this.#prefix = prefix
  }

  /** Whether it is any use to ask: a lost connection is not waited for. */
  get ready(): boolean {
    return this.#redis.status === 'ready'
  }

  async take(key: string, { burst, interval }: Measure, now: number): Promise<number> {
    return Number(await answer(this.#redis.gatehouseTake(this.#prefix + key, now, interval, burst)))
  }

  async giveBack(key: string, { interval }: Measure, now: number): Promise<void> {
    await answer(this.#redis.gatehouseGiveBack(this.#prefix + key, now, interval))
  }

  async fill(key: string): Promise<void> {
    await answer(this.#redis.del(this.#prefix + key))
  }
}

/** In Redis, and in this process while Redis does not answer: never unlimited. */
export class InsuredBuckets implements Buckets {
  readonly #redis: RedisBuckets
  readonly #memory = new MemoryBuckets()

  constructor(redis: RedisBuckets) {
    this.#redis = redis
  }

  take(key: string, measure: Measure, now: number): Promise<number> {
    return this.#either(buckets => buckets.take(key, measure, now))
  }

  giveBack(key: string, measure: Measure, now: number): Promise<void> {
    return this.#either(buckets => buckets.giveBack(key, measure, now))
  }

  async fill(key: string): Promise<void> {
    await this.#memory.fill(key)
    await this.#redis.fill(key)
  }

  async #either<T>(work: (buckets: Buckets) => Promise<T>): Promise<T> {
    if (!this.#redis.ready) return work(this.#memory)
    try {
      return await work(this.#redis)
    } catch {
      return work(this.#memory)
    }
  }
}
