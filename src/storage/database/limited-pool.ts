import { AsyncLocalStorage } from 'node:async_hooks'
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'
import type { DatabaseLimits } from '../../base/config.ts'
import { StoreUnavailable } from '../../base/refusals.ts'
import { databaseReply, databaseUnavailable } from '../store-errors.ts'
import { waitAtMost } from '../wait-budget.ts'
import { postgresTypes } from './drivers.ts'
import type { PostgresConnection } from './postgres-connection.ts'

/** The server's statement timeout as a share of ours: it stops the work first, so that the connection can be kept. */
const SERVER_SHARE = 0.9

/**
 * A connection pool that limits every wait: the number of callers in the queue, the time for a connection, and the time
 * for a statement. If the server doesn't answer at all, the connection and its transaction are given up.
 */
export class LimitedPool implements PostgresPool {
  readonly options: object
  readonly #pool: pg.Pool
  readonly #limits: DatabaseLimits
  readonly #connectTimeout: number
  readonly #unlimited = new AsyncLocalStorage<true>()

  constructor(connection: PostgresConnection, limits: DatabaseLimits) {
    this.options = { ...connection, max: limits.connections, types: postgresTypes }
    this.#pool = new pg.Pool(this.options)
    this.#limits = limits
    this.#connectTimeout = connection.connectionTimeoutMillis
    // An error event without a listener would end the process. The statement on that connection rejects as well.
    this.#pool.on('connect', client => void client.on('error', () => {}))
    this.#pool.on('error', () => {})
  }

  async connect(): Promise<PostgresPoolClient> {
    const { queue, statementTimeout } = this.#limits
    if (this.#pool.waitingCount >= queue)
      throw new StoreUnavailable('PostgreSQL', `no connection is free, and ${queue} wait for one`)
    const limit = this.#unlimited.getStore() ? 0 : 1000 * statementTimeout
    const client = new LimitedClient(await this.#connected(), limit)
    try {
      await client.limitServer(Math.floor(SERVER_SHARE * limit))
    } catch (error) {
      client.release()
      throw error
    }
    return client
  }

  /** Runs `work` without time limits, as migrations need it, which wait for each other. All other work keeps them. */
  withoutTimeLimits<T>(work: () => Promise<T>): Promise<T> {
    return this.#unlimited.run(true, work)
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #connected(): Promise<pg.PoolClient> {
    const connected = this.#pool.connect()
    try {
      const limit = this.#unlimited.getStore() ? 0 : this.#connectTimeout
      return await waitAtMost('PostgreSQL', limit, 'no connection', () => databaseReply(connected))
    } catch (error) {
      // A connection that arrives too late goes back to the pool.
      connected.then(client => client.release()).catch(() => {})
      throw error
    }
  }
}

/** The statement timeout that is set on each connection, in milliseconds. */
const serverLimits = new WeakMap<pg.PoolClient, number>()

class LimitedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #limit: number
  #gone: StoreUnavailable | null = null
  #released = false

  constructor(client: pg.PoolClient, limit: number) {
    this.#client = client
    this.#limit = limit
  }

  /** Sets the timeout once per connection, with a statement: poolers don't pass it on as a startup parameter. */
  async limitServer(limit: number): Promise<void> {
    if (serverLimits.get(this.#client) === limit) return
    await this.query(`set statement_timeout = ${limit}`, [])
    serverLimits.set(this.#client, limit)
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query(cursor: never): never
  async query<R>(sql: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    if (this.#gone) throw this.#gone
    try {
      const statement = () => this.#client.query(sql, [...parameters])
      return (await waitAtMost('PostgreSQL', this.#limit, 'no answer', statement)) as PostgresQueryResult<R>
    } catch (error) {
      throw this.#failed(error)
    }
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#client.release(this.#gone ?? undefined)
  }

  /** The connection is kept if the server answered with an error. Otherwise its state is unknown, and it is closed. */
  #failed(error: unknown): unknown {
    const unavailable = databaseUnavailable(error)
    if (!unavailable) return error
    if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') {
      this.#gone = unavailable
      // Released here, since after a failed commit or rollback no caller releases it.
      this.release()
    }
    return unavailable
  }
}
