import { keyOf, newestFirst } from '../artifact.ts'
import type { Artifact, Kind, Listed } from '../artifacts.ts'
import { accountName, grantName, links, listed, read, recordName, uidName, underGrant } from './redis-record.ts'

/** How records are found, which the stores on a single server and on a Cluster share. */
export abstract class RedisReads {
  /** The value of a record by its name. */
  protected abstract value(name: string): Promise<string | null>
  /** The record that a pointer names, unless the pointer is outdated. */
  protected abstract follow(pointer: string): Promise<Artifact | undefined>
  /** The existing records of an index. Some may have moved to another grant or account. */
  protected abstract members(index: string): Promise<[name: string, value: string][]>

  async get(kind: Kind, id: string): Promise<Artifact | undefined> {
    const value = await this.value(recordName(kind, keyOf(id)))
    return value === null ? undefined : read(value, id)
  }

  byUid(kind: Kind, uid: string): Promise<Artifact | undefined> {
    return this.follow(uidName(kind, uid))
  }

  async byGrant(grantId: string): Promise<Listed[]> {
    const grant = grantName(grantId)
    const members = await this.members(underGrant(grant))
    return members.filter(([, value]) => links(value).grant === grant).map(([name, value]) => listed(name, value))
  }

  async byAccount(kind: Kind, accountId: string): Promise<Listed[]> {
    const account = accountName(accountId)
    const members = (await this.members(account)).filter(([, value]) => links(value).account === account)
    return newestFirst(members.map(([name, value]) => listed(name, value)).filter(record => record.kind === kind))
  }
}
