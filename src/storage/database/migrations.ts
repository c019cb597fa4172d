import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { Refusal, StoreUnavailable } from '../../base/refusals.ts'
import type { Database } from './database.ts'

interface MigrationStatus {
  applied: { name: string; at: Date }[]
  pending: string[]
}

/** An arbitrary number that all processes of Gatehouse agree on. */
const LOCK = 7_402_190_331

/**
 * Brings the database to the shape that this release expects, and back. One process at a time holds an advisory lock
 * while it migrates: of three that start at once on an empty database, one makes it and two find it made.
 */
export class Migrations {
  readonly #orm: Database['orm']
  readonly #em: SqlEntityManager
  readonly #shared: boolean
  readonly #unlimited: Database['unlimited']
  readonly #lockTimeout: number

  /** @param lockTimeout seconds to wait for another process that migrates; 0: as long as it takes */
  constructor({ orm, em, shared, unlimited }: Pick<Database, 'orm' | 'em' | 'shared' | 'unlimited'>, lockTimeout = 0) {
    this.#lockTimeout = lockTimeout
    this.#orm = orm
    this.#em = em
    this.#shared = shared
    this.#unlimited = unlimited
  }

  /**
   * @returns the names of what was applied
   * @throws SchemaFailure where it is not a schema that this release can bring up
   * @throws SchemaBusy where another process is at it for too long
   */
  async up(): Promise<string[]> {
    // Where nothing is to be done, nobody is waited for. A missing database is reported here too, before the migrator
    // tries to create it.
    if (!(await this.#due())) return []
    return this.#alone(async () => {
      await this.#due()
      try {
        return (await this.#orm.migrator.up()).map(({ name }) => name)
      } catch (error) {
        throw halfMade(error) ?? error
      }
    })
  }

  /** @throws SchemaFailure where a newer release has been here */
  async #due(): Promise<boolean> {
    const applied = await this.#applied()
    const known = this.#orm.config
      .get('migrations')
      .migrationsList?.flatMap(each => ('name' in each ? [each.name] : []))
    const unknown = applied.filter(name => !known?.includes(name))
    if (unknown.length > 0)
      throw new SchemaFailure(
        `the database was brought to a newer schema than this release knows (${unknown.join(', ')}): run the newer release`,
      )
    return applied.length < (known?.length ?? 0)
  }

  /** Read by ourselves: the migrator would make its table, and of two processes that do so at once one fails. */
  async #applied(): Promise<string[]> {
    const connection = this.#em.getConnection()
    const [made] = await connection.execute<{ made: boolean }[]>(`select to_regclass('migration') is not null as made`)
    if (!made?.made) return []
    return (await connection.execute<{ name: string }[]>('select name from migration')).map(({ name }) => name)
  }

  /** Takes back the newest migration. @returns its name, or nothing where none is applied */
  down(): Promise<string[]> {
    return this.#alone(async () => (await this.#orm.migrator.down()).map(({ name }) => name))
  }

  async status(): Promise<MigrationStatus> {
    const [applied, pending] = [await this.#orm.migrator.getExecuted(), await this.#orm.migrator.getPending()]
    return {
      applied: applied.map(row => ({ name: row.name, at: row.executed_at })),
      pending: pending.map(({ name }) => name),
    }
  }

  /** The lock is held by a connection of its own. PGlite has but one, and no second process. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#shared) return work()
    return this.#unlimited(() =>
      this.#em.fork().transactional(async em => {
        await em.execute(`set local lock_timeout = '${this.#lockTimeout}s'`)
        await em.execute(`select pg_advisory_xact_lock(${LOCK})`).catch(error => {
          throw error instanceof StoreUnavailable && error.state === LOCK_TIMEOUT ? new SchemaBusy() : error
        })
        return work()
      }),
    )
  }
}

/** SQLSTATE lock_not_available: also where `lock_timeout` has passed. */
const LOCK_TIMEOUT = '55P03'

class SchemaBusy extends Refusal {
  readonly code = 'schema_busy'
  constructor() {
    super('another process is bringing the database up to date; try again when it is done')
  }
}

/** The database answers, and its schema is none that this release can serve. */
export class SchemaFailure extends Error {}

/** SQLSTATE of what is there already, or is not there: something else than our migrations has been at work. */
const HALF_MADE = /^42(P01|P06|P07|701|703|704|710)$/

function halfMade(error: unknown): SchemaFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && HALF_MADE.test(String(cause.code))) {
      const reason = cause.message.split(' - ').at(-1)
      return new SchemaFailure(
        `the schema of the database is half made (${reason}): restore a backup, or use an empty database`,
      )
    }
  }
  return null
}
