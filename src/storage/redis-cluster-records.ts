import type { Cluster } from 'ioredis'
import type { Artifact } from './artifacts.ts'
import { answer } from './redis.ts'
import type { ClusterScripts } from './redis-cluster-scripts.ts'
import { links, type Named, read, underGrant } from './redis-record.ts'

/** Records and what leads to them on Redis Cluster, each step within one slot. */
export class RedisClusterRecords {
  readonly #redis: Cluster & ClusterScripts
  readonly #prefix: string

  constructor(redis: Cluster & ClusterScripts, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  get(name: string): Promise<string | null> {
    return answer(this.#redis.get(this.#prefix + name))
  }

  names(index: string): Promise<string[]> {
    return answer(this.#redis.zrange(this.#prefix + index, 0, '-1'))
  }

  async members(names: string[]): Promise<[name: string, value: string][]> {
    const values = await all(names.map(name => this.get(name)))
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

  /** False, where the record had to be there and is not: then what leads to it has to be taken back. */
  async put(
    { name, value, ttl, account, pointer }: Named,
    { ifPresent, pointed }: { ifPresent: boolean; pointed: boolean },
  ): Promise<boolean> {
    const [key, pointerKey] = [this.#prefix + name, this.#prefix + pointer]
    const writes: Promise<unknown>[] = [
      ifPresent ? this.#redis.set(key, value, 'EX', ttl, 'XX') : this.#redis.set(key, value, 'EX', ttl),
    ]
    if (account) writes.push(this.#redis.gatehouseIndex(this.#prefix + account, name, ttl))
    if (pointer && ifPresent) writes.push(this.#redis.gatehousePoint(pointerKey, name, ttl))
    else if (pointer && pointed) writes.push(this.#redis.set(pointerKey, name, 'EX', ttl))
    const [written] = await all(writes)
    return written !== null
  }

  async point({ name, ttl, pointer }: Named): Promise<void> {
    if (pointer) await answer(this.#redis.set(this.#prefix + pointer, name, 'EX', ttl))
  }

  /** The puts whose grant was dropped while they were written. */
  async refused(puts: Named[]): Promise<Named[]> {
    const under = puts.filter(({ grant }) => grant)
    const linked = await all(
      under.map(({ grant, name, ttl }) =>
        this.#redis.gatehouseLink(this.#prefix + grant, this.#prefix + underGrant(grant), name, ttl),
      ),
    )
    return under.filter((_, i) => !linked[i])
  }

  /** Whether it was this call that removed it. */
  async forget(name: string): Promise<boolean> {
    const value = await this.get(name)
    return value !== null && this.unlink(name, value)
  }

  /** The record with this value, and what leads to it. Whether it was this call that removed it. */
  async unlink(name: string, value: string): Promise<boolean> {
    const { grant, account, pointer } = links(value)
    const writes: Promise<unknown>[] = [this.#redis.del(this.#prefix + name)]
    if (grant) writes.push(this.#redis.zrem(this.#prefix + underGrant(grant), name))
    if (account) writes.push(this.#redis.zrem(this.#prefix + account, name))
    if (pointer) writes.push(this.#redis.gatehouseUnpoint(this.#prefix + pointer, name))
    const [removed] = await all(writes)
    return removed === 1
  }

  async dropGrant(grant: string): Promise<void> {
    const under = underGrant(grant)
    const reply = await answer(this.#redis.gatehouseEndGrant(this.#prefix + grant, this.#prefix + under))
    const [value, ...names] = reply as string[]
    await all(names.map(name => this.#forgetUnder(grant, name)))
    await answer(this.#redis.del(this.#prefix + under))
    if (value) await this.unlink(grant, value)
  }

  async #forgetUnder(grant: string, name: string): Promise<void> {
    const value = await this.get(name)
    if (value !== null && links(value).grant === grant) await this.unlink(name, value)
  }
}

/** Waits for every one even when one fails, so that nothing of a commit runs on behind its caller's back. */
export async function all<T>(replies: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(replies.map(answer))
  return settled.map(result => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
