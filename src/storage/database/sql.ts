import type { AbstractSqlConnection, SqlEntityManager } from '@mikro-orm/postgresql'
import { databaseUnavailable } from '../unavailable.ts'

/** SQLSTATE of whoever PostgreSQL chose to give way. */
const DEADLOCK = '40P01'
const ATTEMPTS = 4

/** Plain SQL, for what is no entity. The loser of a deadlock is run again, unless it is a part of something larger. */
export interface Sql {
  /** `?` is a placeholder for a string, number, null or undefined (NULL). */
  query<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]>
  /** Commits when `work` resolves, rolls back and rejects when it rejects. Inside another one it is a savepoint. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

/**
 * Over MikroORM's connection. A caller inside a transaction takes part in that transaction: PGlite has one
 * connection only, on which anything else would wait for itself.
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

/** The drivers' errors carry the statement with its values, which would put payloads into logs; this one does not. */
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
