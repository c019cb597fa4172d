import { keyOf, restore, type Stored } from './artifact.ts'
import type { Artifact, Consume, Kind, Listed } from './artifacts.ts'

/**
 * A record's value is four lines and its JSON, so that a script sees what belongs together without parsing JSON (which
 * would cost time, and which Lua's cjson does not write back unharmed):
 *
 *     when it was consumed (epoch seconds, and after a point which attempt did it), or nothing
 *     the name of its Grant, or nothing
 *     the name of its account, or nothing
 *     the name that points at it (uid or user code), or nothing
 *     {"the":"payload"}
 *
 * All names here are without the prefix. Braces are Redis Cluster's hash tags: records of one id share a slot, such as
 * a refresh token and the answer that it was given, and so do a grant and the index of what is under it.
 */
export const recordName = (kind: Kind, key: string) => `${kind}:{${key}}`
export const grantName = (grantId: string) => recordName('Grant', keyOf(grantId))
/** The index of what is under a grant: a sorted set of record names by expiry, so that the expired are trimmed. */
export const underGrant = (grant: string) => `${grant}:under`
/** The index of an account's sessions and grants, likewise. */
export const accountName = (accountId: string) => `Account:{${accountId}}`
export const uidName = (kind: Kind, uid: string) => `${kind}:uid:${uid}`
export const userCodeName = (kind: Kind, code: string) => `${kind}:code:${code}`

export interface Named {
  name: string
  value: string
  ttl: number
  grant: string
  account: string
  pointer: string
}

export function write({ kind, key, body, consumed, ttl, grantId, accountId, uid, userCode }: Stored): Named {
  const grant = grantId ? grantName(grantId) : ''
  const account = accountId ? accountName(accountId) : ''
  const pointer = uid ? uidName(kind, uid) : userCode ? userCodeName(kind, userCode) : ''
  const value = `${consumed ?? ''}\n${grant}\n${account}\n${pointer}\n${body}`
  return { name: recordName(kind, key), value, ttl, grant, account, pointer }
}

/** The first line of a record that is consumed. */
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
