import type { AbstractSqlConnection, SqlEntityManager } from '@mikro-orm/postgresql'
import { databaseUnavailable } from '../store-errors.ts'

/** SQLSTATE deadlock_detected, given to the transaction that PostgreSQL aborts. */
const DEADLOCK = '40P01'
const ATTEMPTS = 4

/** Plain SQL for tables without an entity. Outside a transaction, an operation that loses a deadlock is retried. */
export interface Sql {
  /** `?` is a placeholder for a string, number, null or undefined (NULL). */
  query<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]>
  /** Commits when `work` resolves, and rolls back when it rejects. Within another transaction it is a savepoint. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

/**
 * Uses MikroORM's connection. A caller inside a transaction takes part in it: PGlite has only one connection, on which
 * a separate query would wait forever.
 */
export function sqlOf(em: SqlEntityManager): Sql {
  const connection: AbstractSqlConnection = em.getConnection()
  return on(() => em.getContext(false).getTransactionContext())

  function on(transaction: () => Parameters<AbstractSqlConnection['execute']>[3]): Sql {
    return {
      query<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]> {
        const ctx = transaction()
        const values = params.map(value => value ?? null)
        return run(() => withoutValues(connection.execute<Row[]>(text, values, 'all', ctx)), ctx ? 1 : ATTEMPTS)
      },
      transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
        const ctx = transaction()
        return run(() => connection.transactional(inner => work(on(() => inner)), { ctx }), ctx ? 1 : ATTEMPTS)
      },
    }
  }
}

async function run<T>(work: () => Promise<T>, attempts: number): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (attempts > 1 && error instanceof SqlFailure && error.code === DEADLOCK) return run(work, attempts - 1)
    throw error
  }
}

/** Replaces the drivers' errors, which carry the statement with its values and would put payloads into logs. */
class SqlFailure extends Error {
  /** SQLSTATE, or the operating system's code of a lost connection. */
  readonly code: string | undefined

  constructor(error: unknown) {
    super(`PostgreSQL: ${error instanceof Error ? error.message : String(error)}`)
    this.code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  }
}

async function withoutValues<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw databaseUnavailable(error) ?? new SqlFailure(error)
  }
}
