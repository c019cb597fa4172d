import type { Cluster } from 'ioredis'
import { REDIS_PREFIX, redisReply } from '../../redis/redis.ts'
import { RedisClusterMarks } from '../../replay/redis-cluster-marks.ts'
import type { Presented, RedisMarks, Verdict } from '../../replay/redis-marks.ts'
import { droppedKey, keyOf, store } from '../artifact.ts'
import type { Artifact, Artifacts, Change, Kind } from '../artifacts.ts'
import { all, RedisClusterRecords } from './redis-cluster-records.ts'
import { type ClusterScripts, withClusterScripts } from './redis-cluster-scripts.ts'
import { RedisReads } from './redis-reads.ts'
import { accountName, consumptionMark, grantName, links, type Named, read, recordName, write } from './redis-record.ts'

interface Consumed {
  name: string
  mark: string
  /** A record of the same ID that is put with it: the response that was given to a used refresh token. */
  beside: Named | undefined
}

/**
 * Artifacts on Redis Cluster, where a script can only use keys of one slot. A commit is therefore a sequence of steps,
 * ordered so that it can stop anywhere (because a master is unavailable) and be retried. New records are written first,
 * under names that no one knows yet. Then they are added to the grant's index, which the grant's slot refuses if the
 * grant is gone. Then the record is consumed, together with the put under the same ID; this decides the outcome. Drops
 * come last. If the commit is refused, records put for a grant or an account are removed again. If it fails, they stay
 * until they expire, and no client knows their names. Independent commands share one write per node.
 *
 * A session that changes its ID is complete under the new ID before the old record is dropped. It continues under the
 * new ID even if the result of that drop is unknown: otherwise the browser could be left with an ID that no longer
 * exists. If the drop did not happen, the old ID gives access to the old state until that expires or the session ends,
 * which ends both.
 */
export class RedisClusterArtifacts extends RedisReads implements Artifacts, RedisMarks {
  readonly #redis: Cluster & ClusterScripts
  readonly #prefix: string
  readonly #records: RedisClusterRecords
  readonly #marks: RedisClusterMarks

  constructor(redis: Cluster, { prefix = REDIS_PREFIX }: { prefix?: string } = {}) {
    super()
    this.#redis = withClusterScripts(redis)
    this.#prefix = prefix
    this.#records = new RedisClusterRecords(this.#redis, prefix)
    this.#marks = new RedisClusterMarks(redis, prefix)
  }

  async getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    const record = await this.#records.get(recordName(kind, keyOf(id)))
    if (record === null) return {}
    const name = links(record).grant
    const grant = name ? await this.#records.get(name) : null
    return { record: read(record, id), ...(grant && { grant: read(grant) }) }
  }

  async commit(changes: readonly Change[]): Promise<boolean> {
    const puts: Named[] = []
    const drops: string[] = []
    const consumed: Consumed[] = []
    const required = new Set<string>()
    const consumedIds = new Set(changes.flatMap(change => (change.do === 'consume' ? [change.id] : [])))
    const beside = new Map<string, Named>()
    for (const change of changes) {
      const name = recordName(change.kind, change.do === 'drop' ? droppedKey(change) : keyOf(change.id))
      if (change.do === 'put') {
        const put = write(store(change.kind, change.id, change.payload, change.ttl))
        if (consumedIds.has(change.id) && !beside.has(change.id)) beside.set(change.id, put)
        else puts.push(put)
      } else if (change.do === 'drop') drops.push(name)
      if (change.do !== 'consume' && change.ifPresent) required.add(name)
    }
    for (const change of changes) {
      if (change.do !== 'consume') continue
      const name = recordName(change.kind, keyOf(change.id))
      consumed.push({ name, mark: consumptionMark(change), beside: beside.get(change.id) })
      beside.delete(change.id)
    }
    const everything = [...puts, ...consumed.flatMap(record => record.beside ?? [])]
    if (!(await this.#possible(everything, consumed, required))) return false
    // Only the commit that drops a session's old record may pass its uid to the record under the new ID.
    const setPointer = !drops.some(name => required.has(name))
    const written = await all(
      this.#redis,
      puts.map(put => this.#records.put(put, { ifPresent: required.has(put.name), setPointer })),
    )
    const linked = written.every(Boolean) && (await this.#records.linkToGrants(everything)).length === 0
    const won = linked ? await this.#consume(consumed) : []
    if (linked && won.length === consumed.length && (await this.#records.drop(drops, { required, puts }))) return true
    await all(
      this.#redis,
      won.map(({ name, mark }) => this.#redis.gatehouseUnconsume(this.#prefix + name, mark)),
    )
    const fresh = puts.filter(
      ({ name, grant, account }, i) => (grant || account) && !(required.has(name) && written[i]),
    )
    await all(
      this.#redis,
      fresh.map(({ name, value }) => this.#records.unlink(name, value)),
    )
    return false
  }

  async putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean> {
    const { name, value, ttl: seconds } = write(store(kind, id, payload, ttl))
    return (await redisReply(this.#redis, this.#redis.set(this.#prefix + name, value, 'EX', seconds, 'NX'))) === 'OK'
  }

  async dropGrant(grantId: string): Promise<void> {
    await this.#records.dropGrant(grantName(grantId))
  }

  async dropAccount(accountId: string): Promise<void> {
    const account = accountName(accountId)
    const names = await this.#records.names(account)
    const members = await this.#records.members(names)
    const own = members.filter(([, value]) => links(value).account === account)
    await all<unknown>(
      this.#redis,
      own.map(([name]) => (name.startsWith('Grant:') ? this.#records.dropGrant(name) : this.#records.forget(name))),
    )
    if (names.length > 0) await redisReply(this.#redis, this.#redis.zrem(this.#prefix + account, ...names))
  }

  mark(presented: Presented): Promise<Verdict> {
    return this.#marks.mark(presented)
  }

  recordStart(options: { first: boolean }): Promise<Date> {
    return this.#marks.recordStart(options)
  }

  probe(): Promise<Date> {
    return this.#marks.recordStart({ first: false })
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }

  protected value(name: string): Promise<string | null> {
    return this.#records.get(name)
  }

  protected follow(pointer: string): Promise<Artifact | undefined> {
    return this.#records.follow(pointer)
  }

  protected async members(index: string): Promise<[name: string, value: string][]> {
    return this.#records.members(await this.#records.names(index))
  }

  /** Whether the grants and other required records exist and nothing was consumed before. Changes nothing. */
  async #possible(puts: Named[], consumed: Consumed[], required: Set<string>): Promise<boolean> {
    const made = new Set(puts.map(({ name }) => name))
    const grants = puts.map(({ grant }) => grant).filter(grant => grant && !made.has(grant))
    const [found, values] = await Promise.all([
      all(
        this.#redis,
        [...new Set([...grants, ...required])].map(name => this.#redis.exists(this.#prefix + name)),
      ),
      all(
        this.#redis,
        consumed.map(({ name }) => this.#records.get(name)),
      ),
    ])
    return found.every(Boolean) && values.every(value => value?.startsWith('\n'))
  }

  /** Consumes in a fixed order, so that of two commits for the same records one gets them all. */
  async #consume(records: Consumed[]): Promise<Consumed[]> {
    const won = []
    for (const record of records.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name, mark, beside } = record
      const key = this.#prefix + name
      const reply = beside
        ? this.#redis.gatehouseConsumeAndPut(key, this.#prefix + beside.name, mark, beside.value, beside.ttl)
        : this.#redis.gatehouseConsume(key, mark)
      if (!(await redisReply(this.#redis, reply))) break
      won.push(record)
    }
    return won
  }
}
