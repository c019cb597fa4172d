import type { Cluster } from 'ioredis'
import { droppedKey, keyOf, newestFirst, store } from './artifact.ts'
import type { Artifact, Artifacts, Change, Kind, Listed } from './artifacts.ts'
import { answer, REDIS_PREFIX } from './redis.ts'
import { all, RedisClusterRecords } from './redis-cluster-records.ts'
import { type ClusterScripts, withClusterScripts } from './redis-cluster-scripts.ts'
import {
  accountName,
  grantName,
  links,
  listed,
  type Named,
  read,
  recordName,
  uidName,
  underGrant,
  userCodeName,
  write,
} from './redis-record.ts'

/**
 * Artifacts on Redis Cluster, where a script reaches the keys of one slot only. A commit is therefore a short sequence,
 * ordered so that whoever stops half-way leaves too little rather than too much: consumption first, then what is
 * written, then the entry in the grant's index, which the grant's own slot refuses once the grant is gone: then what was
 * put under it is taken back and the commit answers false, though what it consumed and dropped stays so. What must be
 * there is looked for at the beginning, and once more by its own slot when it is dropped or written over. Commands that
 * do not wait for each other go in one write per node.
 */
export class RedisClusterArtifacts implements Artifacts {
  readonly #redis: Cluster & ClusterScripts
  readonly #prefix: string
  readonly #records: RedisClusterRecords

  constructor(redis: Cluster, { prefix = REDIS_PREFIX }: { prefix?: string } = {}) {
    this.#redis = withClusterScripts(redis)
    this.#prefix = prefix
    this.#records = new RedisClusterRecords(this.#redis, prefix)
  }

  async get(kind: Kind, id: string): Promise<Artifact | undefined> {
    const value = await this.#records.get(recordName(kind, keyOf(id)))
    return value === null ? undefined : read(value, id)
  }

  async getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    const record = await this.#records.get(recordName(kind, keyOf(id)))
    if (record === null) return {}
    const name = links(record).grant
    const grant = name ? await this.#records.get(name) : null
    return { record: read(record, id), ...(grant && { grant: read(grant) }) }
  }

  async byUid(kind: Kind, uid: string): Promise<Artifact | undefined> {
    return this.#records.follow(uidName(kind, uid))
  }

  async byUserCode(kind: Kind, userCode: string): Promise<Artifact | undefined> {
    return this.#records.follow(userCodeName(kind, userCode))
  }

  async byGrant(grantId: string): Promise<Listed[]> {
    const grant = grantName(grantId)
    const found = await this.#records.members(await this.#records.names(underGrant(grant)))
    return found.filter(([, value]) => links(value).grant === grant).map(([name, value]) => listed(name, value))
  }

  async byAccount(kind: Kind, accountId: string): Promise<Listed[]> {
    const account = accountName(accountId)
    const found = await this.#records.members(await this.#records.names(account))
    const records = found.filter(([, value]) => links(value).account === account)
    return newestFirst(records.map(([name, value]) => listed(name, value)).filter(record => record.kind === kind))
  }

  async commit(changes: readonly Change[]): Promise<boolean> {
    const puts: Named[] = []
    const drops: string[] = []
    const consumed: { name: string; at: number }[] = []
    const there = new Set<string>()
    for (const change of changes) {
      const name = recordName(change.kind, change.do === 'drop' ? droppedKey(change) : keyOf(change.id))
      if (change.do === 'put') puts.push(write(store(change.kind, change.id, change.payload, change.ttl)))
      else if (change.do === 'drop') drops.push(name)
      else consumed.push({ name, at: change.at })
      if (change.do !== 'consume' && change.ifPresent) there.add(name)
    }
    if (!(await this.#begin(puts, consumed, there))) return false
    // Drops first, and waited for: a session that changes its id gives its uid to the record that is put.
    const dropped = await all(drops.map(name => this.#records.forget(name)))
    if (drops.some((name, i) => there.has(name) && !dropped[i])) return false
    const written = await all(puts.map(put => this.#records.put(put, { ifPresent: there.has(put.name) })))
    const refused = written.every(Boolean)
      ? await this.#records.refused(puts)
      : puts.filter(({ name }, i) => !(there.has(name) && written[i]))
    await all(refused.map(({ name, value }) => this.#records.unlink(name, value)))
    return refused.length === 0
  }

  async putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean> {
    const { name, value, ttl: seconds } = write(store(kind, id, payload, ttl))
    return (await answer(this.#redis.set(this.#prefix + name, value, 'EX', seconds, 'NX'))) === 'OK'
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
      own.map(([name]) => (name.startsWith('Grant:') ? this.#records.dropGrant(name) : this.#records.forget(name))),
    )
    if (names.length > 0) await answer(this.#redis.zrem(this.#prefix + account, ...names))
  }

  async ping(): Promise<void> {
    await answer(this.#redis.ping())
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }

  /** Consumes, and sees that the grants and what else is needed are there; or leaves everything as it was. */
  async #begin(puts: Named[], consumed: { name: string; at: number }[], there: Set<string>): Promise<boolean> {
    const made = new Set(puts.map(({ name }) => name))
    const grants = puts.map(({ grant }) => grant).filter(grant => grant && !made.has(grant))
    const [found, won] = await Promise.all([
      all([...new Set([...grants, ...there])].map(name => this.#redis.exists(this.#prefix + name))),
      this.#consume(consumed),
    ])
    if (found.every(Boolean) && won.length === consumed.length) return true
    await all(won.map(({ name, at }) => this.#redis.gatehouseUnconsume(this.#prefix + name, at)))
    return false
  }

  /** One after the other in one order, so that of two who want the same records one gets them all. */
  async #consume(records: { name: string; at: number }[]): Promise<{ name: string; at: number }[]> {
    const won = []
    for (const record of records.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!(await answer(this.#redis.gatehouseConsume(this.#prefix + record.name, record.at)))) break
      won.push(record)
    }
    return won
  }
}
