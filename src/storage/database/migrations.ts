import { Refusal, StoreUnavailable } from '../../base/refusals.ts'
import type { Database } from './database.ts'

interface MigrationStatus {
  applied: { name: string; at: Date }[]
  pending: string[]
}

/** An arbitrary lock number that all Gatehouse processes share. */
const LOCK = 7_402_190_331

/**
 * Migrates the database schema to the version of this release, and back. A process holds an advisory lock while it
 * migrates: if three start at once on an empty database, one creates the schema and the other two find it ready.
 */
export class Migrations {
  readonly #database
  readonly #lockTimeout

  /** @param lockTimeout seconds to wait for another process that is migrating; 0 means no limit */
  constructor(database: Pick<Database, 'orm' | 'em' | 'shared' | 'withoutTimeLimits'>, lockTimeout = 0) {
    this.#database = database
    this.#lockTimeout = lockTimeout
  }

  /**
   * @returns the names of the applied migrations
   * @throws SchemaFailure if this release can't migrate the existing schema
   * @throws SchemaBusy if another process takes too long
   */
  async up(): Promise<string[]> {
    // If nothing is pending, no lock is needed. A missing database is also reported here, before the migrator would try
    // to create it.
    if (!(await this.#pending())) return []
    return this.#exclusively(async () => {
      await this.#pending()
      try {
        return (await this.#database.orm.migrator.up()).map(({ name }) => name)
      } catch (error) {
        throw inconsistentSchema(error) ?? error
      }
    })
  }

  /** Whether migrations are pending. @throws SchemaFailure if a newer release has migrated this database */
  async #pending(): Promise<boolean> {
    const applied = await this.#applied()
    const known = this.#database.orm.config
      .get('migrations')
      .migrationsList?.flatMap(each => ('name' in each ? [each.name] : []))
    const unknown = applied.filter(name => !known?.includes(name))
    if (unknown.length > 0)
      throw new SchemaFailure(
        `the database schema is newer than this release (it has ${unknown.join(', ')}): run the newer release, or restore a backup`,
      )
    return applied.length < (known?.length ?? 0)
  }

  /** Reads the table directly: the migrator would create it, and if two processes do that at once, one fails. */
  async #applied(): Promise<string[]> {
    const connection = this.#database.em.getConnection()
    const [made] = await connection.execute<{ made: boolean }[]>(`select to_regclass('migration') is not null as made`)
    if (!made?.made) return []
    return (await connection.execute<{ name: string }[]>('select name from migration')).map(({ name }) => name)
  }

  /** Reverts the newest migration. @returns its name, or an empty array if none is applied */
  down(): Promise<string[]> {
    return this.#exclusively(async () => (await this.#database.orm.migrator.down()).map(({ name }) => name))
  }

  async status(): Promise<MigrationStatus> {
    const { migrator } = this.#database.orm
    const [applied, pending] = [await migrator.getExecuted(), await migrator.getPending()]
    return {
      applied: applied.map(row => ({ name: row.name, at: row.executed_at })),
      pending: pending.map(({ name }) => name),
    }
  }

  /** Holds the lock on a separate connection. PGlite has one process and one connection, and needs no lock. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#database.shared) return work()
    return this.#database.withoutTimeLimits(() =>
      this.#database.em.fork().transactional(async em => {
        await em.execute(`set local lock_timeout = '${this.#lockTimeout}s'`)
        await em.execute(`select pg_advisory_xact_lock(${LOCK})`).catch(error => {
          throw error instanceof StoreUnavailable && error.state === LOCK_TIMEOUT ? new SchemaBusy() : error
        })
        return work()
      }),
    )
  }
}

/** SQLSTATE lock_not_available, also given when `lock_timeout` has passed. */
const LOCK_TIMEOUT = '55P03'

class SchemaBusy extends Refusal {
  readonly code = 'schema_busy'
  constructor() {
    super('another process is migrating the database schema; try again when it has finished')
  }
}

/** The database is reachable, but this release can't work with its schema. */
export class SchemaFailure extends Error {}

/** SQLSTATEs for objects that exist already or are missing: something else has changed the schema. */
const INCONSISTENT = /^42(P01|P06|P07|701|703|704|710)$/

function inconsistentSchema(error: unknown): SchemaFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && INCONSISTENT.test(String(cause.code))) {
      const reason = cause.message.split(' - ').at(-1)
      return new SchemaFailure(
        `the database schema is incomplete, or something else changed it (${reason}): restore a backup, or use an empty database`,
      )
    }
  }
  return null
}
