import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Database } from './database.ts'

export interface MigrationStatus {
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

  constructor({ orm, em, shared, unlimited }: Pick<Database, 'orm' | 'em' | 'shared' | 'unlimited'>) {
    this.#orm = orm
    this.#em = em
    this.#shared = shared
    this.#unlimited = unlimited
  }

  /** @returns the names of what was applied @throws SchemaFailure where it is not a schema that this release can bring up */
  async up(): Promise<string[]> {
    // A missing database is reported before the migrator tries to create it.
    await this.#em.getConnection().execute('select 1')
    return this.#alone(async () => {
      await this.#refuseNewer()
      try {
        return (await this.#orm.migrator.up()).map(({ name }) => name)
      } catch (error) {
        throw halfMade(error) ?? error
      }
    })
  }

  async #refuseNewer(): Promise<void> {
    const known = new Set(this.#orm.config.get('migrations').migrationsList?.map(each => 'name' in each && each.name))
    const unknown = (await this.#orm.migrator.getExecuted()).map(({ name }) => name).filter(name => !known.has(name))
    if (unknown.length > 0)
      throw new SchemaFailure(
        `the database was brought to a newer schema than this release knows (${unknown.join(', ')}): run the newer release`,
      )
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
        await em.execute(`select pg_advisory_xact_lock(${LOCK})`)
        return work()
      }),
    )
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
