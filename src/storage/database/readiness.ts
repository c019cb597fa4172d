import type { PostgresPoolClient } from 'kysely'
import type { DatabaseLimits } from '../../base/config.ts'
import { LimitedPool } from './limited-pool.ts'
import type { PostgresConnection } from './postgres-connection.ts'

/** The queries of the readiness check. */

interface TimeRow {
  milliseconds: string | number
}

export const NOW = 'extract(epoch from clock_timestamp()) * 1000 as milliseconds'

export function timeIn([row]: TimeRow[]): Date {
  return new Date(Number(row?.milliseconds))
}

/**
 * Checks that the database accepts writes. It changes a row, which a read-only database refuses, and makes the database
 * exceed its working memory so that it writes a temporary file: a one-row change still succeeds long after the disk is
 * full.
 * @param execute runs SQL within a transaction @returns the database's time
 */
export async function probe(execute: (text: string) => Promise<TimeRow[]>): Promise<Date> {
  await execute(`set local work_mem = '64kB'`)
  await execute('select count(*) from generate_series(1, 8192)')
  return timeIn(
    await execute(
      `insert into readiness_probe (written_at) values (now()) on conflict (singleton) do update set written_at = now()
       returning ${NOW}`,
    ),
  )
}

/** How many readiness queries may wait for the connection at once. */
const QUEUE = 100

/** A connection for readiness alone, so that a process under load still answers its readiness check. */
export class ReadinessConnection {
  readonly #pool: LimitedPool

  constructor(connection: PostgresConnection, limits: DatabaseLimits) {
    this.#pool = new LimitedPool(connection, { ...limits, connections: 1, queue: QUEUE })
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
        // If the connection is lost, the transaction is too.
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
