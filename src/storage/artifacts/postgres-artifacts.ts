import type { Database } from '../database/database.ts'
import type { Sql } from '../database/sql.ts'
import { keyOf, newestFirst, restore } from './artifact.ts'
import { asStored, byLockOrder, consume, drop, hold, LIVE, named, needed, put, remove } from './artifact-rows.ts'
import type { Artifact, Artifacts, Change, Kind, Listed } from './artifacts.ts'

interface Row {
  kind: Kind
  id: string
  payload: string
  consumed_at: string | number | null
  consumed_by: string | null
}

const ROW = 'a.kind, a.id, a.payload, a.consumed_at, a.consumed_by'
const SWEPT_AT_ONCE = 1000

/**
 * Artifacts in table `artifact`, in PostgreSQL or PGlite. Expired rows are invisible at once and removed by `sweep`.
 *
 * A write under a grant, or over a record that must exist, holds a share lock on that row until the commit, so that a
 * concurrent drop waits for the write or makes it fail. Grants are locked before other rows, and rows by kind and key,
 * which makes deadlocks rare.
 *
 * The table is logged: crash recovery empties an unlogged table, which would sign everyone out and forget which
 * assertions were already used.
 */
export class PostgresArtifacts implements Artifacts {
  readonly #sql: Sql
  readonly #readinessQuery: Database['readinessQuery']

  /** @param readinessQuery runs the queries of readiness */
  constructor(sql: Sql, readinessQuery: Database['readinessQuery'] = text => sql.query(text, [])) {
    this.#sql = sql
    this.#readinessQuery = readinessQuery
  }

  async get(kind: Kind, id: string): Promise<Artifact | undefined> {
    const [row] = await this.#rows('a.kind = ? and a.id = ?', [kind, keyOf(id)])
    return row && payload(row, id)
  }

  async getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    const [row] = await this.#sql.query<Row & { granted: string | null }>(
      `select ${ROW}, g.payload as granted from artifact a
       left join artifact g on g.grant_id = a.grant_id and g.kind = 'Grant' and g.expires_at > now()
       where a.kind = ? and a.id = ? and ${LIVE}`,
      [kind, keyOf(id)],
    )
    if (row === undefined) return {}
    return { record: payload(row, id), ...(row.granted && { grant: restore(row.granted, undefined) }) }
  }

  async byUid(kind: Kind, uid: string): Promise<Artifact | undefined> {
    const [row] = await this.#rows('a.kind = ? and a.uid = ? order by a.expires_at desc limit 1', [kind, uid])
    return row && payload(row)
  }

  async byGrant(grantId: string): Promise<Listed[]> {
    return (await this.#rows(`a.grant_id = ? and a.kind <> 'Grant'`, [grantId])).map(listed)
  }

  async byAccount(kind: Kind, accountId: string): Promise<Listed[]> {
    return newestFirst((await this.#rows('a.kind = ? and a.account_id = ?', [kind, accountId])).map(listed))
  }

  async commit(changes: readonly Change[]): Promise<boolean> {
    const puts = changes.filter(change => change.do === 'put')
    const stored = puts.map(asStored)
    const required = needed(puts, stored)
    if (changes.length === stored.length && required.length === 0) {
      await put(this.#sql, stored)
      return true
    }
    try {
      await this.#sql.transaction(async sql => {
        if (!(await hold(sql, required))) throw new Refused()
        for (const change of changes
          .filter(change => change.do !== 'put')
          .sort((a, b) => byLockOrder(named(a), named(b)))) {
          const won = await (change.do === 'drop' ? drop(sql, change) : consume(sql, change))
          if (!won) throw new Refused()
        }
        await put(sql, stored)
      })
      return true
    } catch (error) {
      if (error instanceof Refused) return false
      throw error
    }
  }

  async putIfAbsent(kind: Kind, id: string, payload: Artifact, ttl: number): Promise<boolean> {
    const stored = asStored({ do: 'put', kind, id, payload, ttl })
    return put(this.#sql, [stored], 'where artifact.expires_at <= now()')
  }

  async dropGrant(grantId: string): Promise<void> {
    await this.#sql.transaction(async sql => {
      await sql.query(`delete from artifact where kind = 'Grant' and id = ?`, [keyOf(grantId)])
      await remove(sql, 'grant_id = ?', [grantId])
    })
  }

  async dropAccount(accountId: string): Promise<void> {
    await this.#sql.transaction(async sql => {
      const grants = `from artifact where kind = 'Grant' and account_id = ?`
      await sql.query(`select 1 ${grants} order by id for update`, [accountId])
      await remove(sql, `account_id = ? or grant_id in (select grant_id ${grants})`, [accountId, accountId])
    })
  }

  async sweep(): Promise<number> {
    let total = 0
    for (let swept = SWEPT_AT_ONCE; swept === SWEPT_AT_ONCE; total += swept) {
      const [row] = await this.#sql.query<{ count: string | number }>(
        `with gone as (delete from artifact where ctid = any(array(
           select ctid from artifact where expires_at <= now()
           order by expires_at limit ${SWEPT_AT_ONCE} for update skip locked)) returning 1)
         select count(*) as count from gone`,
        [],
      )
      swept = Number(row?.count)
    }
    return total
  }

  /** Only reads, since the probe of the database itself checks writes. */
  async probe(): Promise<Date> {
    const [row] = await this.#readinessQuery<{ now: string | number }>(
      'select extract(epoch from clock_timestamp()) * 1000 as now, exists (select from artifact) as some',
    )
    return new Date(Number(row?.now))
  }

  /** Does nothing: the connections belong to the database, which is closed where it was opened. */
  async close(): Promise<void> {}

  #rows(where: string, params: unknown[]): Promise<Row[]> {
    return this.#sql.query<Row>(`select ${ROW} from artifact a where ${LIVE} and ${where}`, params)
  }
}

/** Thrown to roll a commit back; caught in this file. */
class Refused extends Error {}

function payload(row: Row, id?: string): Artifact {
  const { consumed_at: at, consumed_by: by } = row
  return restore(row.payload, at === null ? undefined : { at: Number(at), by: by ?? undefined }, id)
}

function listed(row: Row): Listed {
  return { kind: row.kind, key: row.id, payload: payload(row) }
}
