import type { MikroORM } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'

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
  readonly #orm: MikroORM
  readonly #em: SqlEntityManager
  readonly #shared: boolean

  constructor({ orm, em, shared }: { orm: MikroORM; em: SqlEntityManager; shared: boolean }) {
    this.#orm = orm
    this.#em = em
    this.#shared = shared
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
    return this.#em.fork().transactional(async em => {
      await em.execute(`select pg_advisory_xact_lock(${LOCK})`)
      return work()
    })
  }
}
