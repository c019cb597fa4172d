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

  /** @returns the names of what was applied */
  up(): Promise<string[]> {
    return this.#alone(async () => (await this.#orm.migrator.up()).map(({ name }) => name))
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
