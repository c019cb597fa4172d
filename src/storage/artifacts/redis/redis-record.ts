import { keyOf, restore, type Stored } from '../artifact.ts'
import type { Artifact, Consume, Kind, Listed } from '../artifacts.ts'

/**
 * A record's value is four lines followed by its JSON, so that a script finds links without parsing JSON, which would be
 * slow and which Lua's cjson doesn't write back unchanged:
 *
 *     when it was consumed (epoch seconds, then a point and the attempt that did it), or nothing
 *     the name of its Grant, or nothing
 *     the name of its account, or nothing
 *     the name of its pointer (uid), or nothing
 *     {"the":"payload"}
 *
 * Names in the value have no prefix. Braces are Redis Cluster's hash tags: records of the same ID share a slot, such as a
 * refresh token and the response that it was given, and so do a grant and its index.
 */
export const recordName = (kind: Kind, key: string) => `${kind}:{${key}}`
export const grantName = (grantId: string) => recordName('Grant', keyOf(grantId))
/** The index of records issued under a grant: a sorted set of names by expiry, for trimming expired ones. */
export const underGrant = (grant: string) => `${grant}:under`
/** The same index for an account's sessions and grants. */
export const accountName = (accountId: string) => `Account:{${accountId}}`
export const uidName = (kind: Kind, uid: string) => `${kind}:uid:${uid}`

export interface Named {
  name: string
  value: string
  ttl: number
  grant: string
  account: string
  pointer: string
}

export function write({ kind, key, body, consumed, ttl, grantId, accountId, uid }: Stored): Named {
  const grant = grantId ? grantName(grantId) : ''
  const account = accountId ? accountName(accountId) : ''
  const pointer = uid ? uidName(kind, uid) : ''
  const value = `${consumed ?? ''}\n${grant}\n${account}\n${pointer}\n${body}`
  return { name: recordName(kind, key), value, ttl, grant, account, pointer }
}

/** The first line of a consumed record. */
export function consumptionMark({ at, by }: Consume): string {
  return by ? `${at}.${by}` : `${at}`
}

export function links(value: string): Pick<Named, 'grant' | 'account' | 'pointer'> {
  const [, grant = '', account = '', pointer = ''] = value.split('\n', 4)
  return { grant, account, pointer }
}

export function read(value: string, id?: string): Artifact {
  const [at, by] = value.slice(0, value.indexOf('\n')).split('.')
  return restore(value.slice(value.indexOf('\n{') + 1), at ? { at: Number(at), by } : undefined, id)
}

export function kindOf(name: string): Kind {
  return name.slice(0, name.indexOf(':'))
}

export function listed(name: string, value: string): Listed {
  const kind = kindOf(name)
  return { kind, key: name.slice(kind.length + 1).replace(/^\{(.*)\}$/, '$1'), payload: read(value) }
}
