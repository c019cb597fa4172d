import type { Cluster } from 'ioredis'
import { StoreUnavailable } from '../../../base/refusals.ts'
import { type RedisClient, redisReply } from '../../redis/redis.ts'
import type { Artifact } from '../artifacts.ts'
import type { ClusterScripts } from './redis-cluster-scripts.ts'
import { kindOf, links, type Named, read, underGrant } from './redis-record.ts'

/** Records, indexes and pointers on Redis Cluster; each step stays within one slot. */
export class RedisClusterRecords {
  readonly #redis: Cluster & ClusterScripts
  readonly #prefix: string

  constructor(redis: Cluster & ClusterScripts, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  get(name: string): Promise<string | null> {
    return redisReply(this.#redis, this.#redis.get(this.#prefix + name))
  }

  names(index: string): Promise<string[]> {
    return redisReply(this.#redis, this.#redis.zrange(this.#prefix + index, 0, '-1'))
  }

  async members(names: string[]): Promise<[name: string, value: string][]> {
    const values = await all(
      this.#redis,
      names.map(name => this.get(name)),
    )
    return names.flatMap((name, i): [string, string][] => {
      const value = values[i]
      return value ? [[name, value]] : []
    })
  }

  async follow(pointer: string): Promise<Artifact | undefined> {
    const name = await this.get(pointer)
    const value = name === null ? null : await this.get(name)
    return value !== null && links(value).pointer === pointer ? read(value) : undefined
  }

  /** False if the record had to exist and doesn't; its index entry and pointer must then be removed again. */
  async put(
    { name, value, ttl, account, pointer }: Named,
    { ifPresent, setPointer }: { ifPresent: boolean; setPointer: boolean },
  ): Promise<boolean> {
    const [key, pointerKey] = [this.#prefix + name, this.#prefix + pointer]
    const writes: Promise<unknown>[] = [
      ifPresent ? this.#redis.set(key, value, 'EX', ttl, 'XX') : this.#redis.set(key, value, 'EX', ttl),
    ]
    if (account) writes.push(this.#redis.gatehouseIndex(this.#prefix + account, name, ttl))
    if (pointer && ifPresent) writes.push(this.#redis.gatehousePoint(pointerKey, name, ttl))
    else if (pointer && setPointer) writes.push(this.#redis.set(pointerKey, name, 'EX', ttl))
    const [written] = await all(this.#redis, writes)
    return written !== null
  }

  async point({ name, ttl, pointer }: Named): Promise<void> {
    if (pointer) await redisReply(this.#redis, this.#redis.set(this.#prefix + pointer, name, 'EX', ttl))
  }

  /** Moves pointers to the new records, then drops the old ones. False if one that had to exist was gone. */
  async drop(drops: string[], { required, puts }: { required: Set<string>; puts: Named[] }): Promise<boolean> {
    const kinds = puts.flatMap(({ name, pointer }) => (pointer ? [kindOf(name)] : []))
    const replaced = drops.filter(name => required.has(name) && kinds.includes(kindOf(name)))
    const others = drops.filter(name => !replaced.includes(name))
    const [moved, dropped] = await Promise.all([
      all(
        this.#redis,
        puts.map(put => this.repoint(put, replaced)),
      ),
      all(
        this.#redis,
        others.map(name => this.forget(name)),
      ),
    ])
    if (others.some((name, i) => required.has(name) && !dropped[i])) return false
    if (
      !(
        await all(
          this.#redis,
          replaced.map(name => this.dropReplaced(name)),
        )
      ).every(Boolean)
    )
      return false
    if (drops.some(name => required.has(name)))
      await all(
        this.#redis,
        puts.filter((_, i) => !moved[i]).map(put => this.point(put)),
      )
    return true
  }

  /** Moves the pointer if it points to one of `replaced`. True if it was moved, or there is none. */
  async repoint({ name, ttl, pointer }: Named, replaced: readonly string[]): Promise<boolean> {
    if (!pointer || replaced.length === 0) return pointer === ''
    return (
      (await redisReply(this.#redis, this.#redis.gatehouseRepoint(this.#prefix + pointer, name, ttl, ...replaced))) ===
      1
    )
  }

  /** Adds the records to their grants' indexes. @returns those whose grant was dropped meanwhile */
  async linkToGrants(puts: Named[]): Promise<Named[]> {
    const under = puts.filter(({ grant }) => grant)
    const linked = await all(
      this.#redis,
      under.map(({ grant, name, ttl }) =>
        this.#redis.gatehouseLink(this.#prefix + grant, this.#prefix + underGrant(grant), name, ttl),
      ),
    )
    return under.filter((_, i) => !linked[i])
  }

  /** Removes a record. True if this call removed it. */
  async forget(name: string): Promise<boolean> {
    const value = await this.get(name)
    return value !== null && this.unlink(name, value)
  }

  /** Removes a record that another has replaced. False if the store says that it was already gone. */
  async dropReplaced(name: string): Promise<boolean> {
    try {
      return await this.forget(name)
    } catch (error) {
      if (error instanceof StoreUnavailable) return true
      throw error
    }
  }

  /** Removes the record with this value, its index entries and its pointer. True if this call removed it. */
  async unlink(name: string, value: string): Promise<boolean> {
    const { grant, account, pointer } = links(value)
    const writes: Promise<unknown>[] = [this.#redis.del(this.#prefix + name)]
    if (grant) writes.push(this.#redis.zrem(this.#prefix + underGrant(grant), name))
    if (account) writes.push(this.#redis.zrem(this.#prefix + account, name))
    if (pointer) writes.push(this.#redis.gatehouseUnpoint(this.#prefix + pointer, name))
    const [removed] = await all(this.#redis, writes)
    return removed === 1
  }

  async dropGrant(grant: string): Promise<void> {
    const under = underGrant(grant)
    const reply = await redisReply(
      this.#redis,
      this.#redis.gatehouseEndGrant(this.#prefix + grant, this.#prefix + under),
    )
    const [value, ...names] = reply as string[]
    await all(
      this.#redis,
      names.map(name => this.#forgetUnder(grant, name)),
    )
    await redisReply(this.#redis, this.#redis.del(this.#prefix + under))
    if (value) await this.unlink(grant, value)
  }

  async #forgetUnder(grant: string, name: string): Promise<void> {
    const value = await this.get(name)
    if (value !== null && links(value).grant === grant) await this.unlink(name, value)
  }
}

/** Waits for all replies even if one fails, so that no command is still running when its caller continues. */
export async function all<T>(redis: RedisClient, replies: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(replies.map(reply => redisReply(redis, reply)))
  return settled.map(result => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
