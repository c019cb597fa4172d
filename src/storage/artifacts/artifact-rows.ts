import type { Sql } from '../database/sql.ts'
import { droppedKey, keyOf, type Stored, store } from './artifact.ts'
import type { Change, Consume, Drop, Kind, Put } from './artifacts.ts'

/** Statements on the rows of table `artifact`; postgres-artifacts.ts combines them into transactions. */

/** Condition on a row with the alias `a`: not expired. */
export const LIVE = 'a.expires_at > now()'

/** A Grant's row has its own ID as `grant_id`, so that one index finds the grant and everything under it. */
export function asStored({ kind, id, payload, ttl }: Put): Stored {
  const stored = store(kind, id, payload, ttl)
  return kind === 'Grant' ? { ...stored, grantId: id } : stored
}

export interface Name {
  kind: Kind
  key: string
}

export function named(change: Change): Name {
  return { kind: change.kind, key: change.do === 'drop' ? droppedKey(change) : keyOf(change.id) }
}

export function byLockOrder(a: Name, b: Name): number {
  const place = ({ kind, key }: Name) => `${kind === 'Grant' ? 0 : 1}${kind}:${key}`
  return place(a) < place(b) ? -1 : 1
}

/** The records that must exist: those that a put replaces, and the grants under which something is put. */
export function needed(puts: Put[], stored: Stored[]): Name[] {
  const made = new Set(stored.filter(({ kind }) => kind === 'Grant').map(({ key }) => key))
  const grants = new Set(stored.flatMap(({ grantId }) => (grantId ? [keyOf(grantId)] : [])))
  return [
    ...[...grants].filter(key => !made.has(key)).map(key => ({ kind: 'Grant', key })),
    ...puts.filter(({ ifPresent }) => ifPresent).map(named),
  ]
}

/** Whether all these records are live. Locks them so that they stay until the transaction ends. */
export async function hold(sql: Sql, records: Name[]): Promise<boolean> {
  if (records.length === 0) return true
  const held = await sql.query(
    `select 1 as held from artifact a where (a.kind, a.id) in (${records.map(() => '(?, ?)').join(', ')}) and ${LIVE}
     order by a.kind <> 'Grant', a.kind, a.id for key share`,
    records.flatMap(({ kind, key }) => [kind, key]),
  )
  return held.length === records.length
}

export async function consume(sql: Sql, { kind, id, at, by }: Consume): Promise<boolean> {
  const won = await sql.query(
    `update artifact a set consumed_at = ?, consumed_by = ?
     where a.kind = ? and a.id = ? and a.consumed_at is null and ${LIVE} returning 1 as won`,
    [at, by, kind, keyOf(id)],
  )
  return won.length === 1
}

export async function drop(sql: Sql, change: Drop): Promise<boolean> {
  const gone = await sql.query<{ live: boolean }>(
    `delete from artifact a where a.kind = ? and a.id = ? returning ${LIVE} as live`,
    [change.kind, droppedKey(change)],
  )
  return !change.ifPresent || gone[0]?.live === true
}

/** Upserts all records in one statement. False if `condition` kept an existing row. */
export async function put(sql: Sql, stored: Stored[], condition = ''): Promise<boolean> {
  if (stored.length === 0) return true
  const rows = [...new Map(stored.map(one => [`${one.kind}:${one.key}`, one])).values()].sort(byLockOrder)
  const written = await sql.query(
    `insert into artifact (kind, id, payload, grant_id, account_id, uid, consumed_at, expires_at)
     values ${rows.map(() => `(?, ?, ?, ?, ?, ?, ?, now() + make_interval(secs => ?))`).join(', ')}
     on conflict (kind, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
       account_id = excluded.account_id, uid = excluded.uid,
       consumed_at = excluded.consumed_at, consumed_by = null, expires_at = excluded.expires_at
     ${condition} returning 1 as written`,
    rows.flatMap(r => [r.kind, r.key, r.body, r.grantId, r.accountId, r.uid, r.consumed, r.ttl]),
  )
  return written.length === rows.length
}

export async function remove(sql: Sql, where: string, params: unknown[]): Promise<void> {
  await sql.query(
    `delete from artifact where (kind, id) in (
       select kind, id from artifact where ${where} order by kind <> 'Grant', kind, id for update)`,
    params,
  )
}
