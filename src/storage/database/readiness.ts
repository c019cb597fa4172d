import type { PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import type { DatabaseLimits } from '../../base/config.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { PatientPool } from './postgres-pool.ts'

/** What readiness asks of the database. */

interface TimeRow {
  milliseconds: string | number
}

export const NOW = 'extract(epoch from clock_timestamp()) * 1000 as milliseconds'

export function timeIn([row]: TimeRow[]): Date {
  return new Date(Number(row?.milliseconds))
}

/**
 * Changes a row, which a read-only database refuses, and lets the database write more than its working memory into a
 * temporary file: a change of one row goes on fitting its page for long after the disk is full.
 * @param execute within a transaction @returns the time of the database
 */
export async function probe(execute: (text: string) => Promise<TimeRow[]>): Promise<Date> {
  await execute(`set local work_mem = '64kB'`)
  await execute('select count(*) from generate_series(1, 8192)')
  return timeIn(
    await execute(
      `insert into readiness (written_at) values (now()) on conflict (one) do update set written_at = now()
       returning ${NOW}`,
    ),
  )
}

/** Questions of one moment that wait for each other. */
const QUEUE = 100

/** A connection that only readiness uses: however much other work waits, a process that can answer is ready. */
export class ReadinessConnection {
  readonly #pool: PatientPool

  constructor(connection: PostgresConnection, limits: DatabaseLimits, types: pg.CustomTypesConfig) {
    this.#pool = new PatientPool(connection, { ...limits, connections: 1, queue: QUEUE }, types)
  }

  rows<Row>(text: string): Promise<Row[]> {
    return this.#with(async client => (await client.query<Row>(text, [])).rows)
  }

  probe(): Promise<Date> {
    return this.#with(async client => {
      await client.query('begin', [])
      try {
        const time = await probe(async text => (await client.query<TimeRow>(text, [])).rows)
        await client.query('commit', [])
        return time
      } catch (error) {
        // Where the connection is lost, so is the transaction.
        await client.query('rollback', []).catch(() => {})
        throw error
      }
    })
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #with<T>(work: (client: PostgresPoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    try {
      return await work(client)
    } finally {
      client.release()
    }
  }
}
