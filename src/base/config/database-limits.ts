import type { Values } from './settings.ts'

/** Of waiting for PostgreSQL, in one process; times in seconds. */
export interface DatabaseLimits {
  /** Beside those of the queue and the one that listens. */
  connections: number
  /** Work that may wait for a connection. */
  queue: number
  /** Until a connection is made, or free. */
  connectTimeout: number
  statementTimeout: number
}

export function databaseLimitsFrom(values: Values): DatabaseLimits {
  return {
    connections: values.DATABASE_CONNECTIONS,
    queue: values.DATABASE_QUEUE,
    connectTimeout: values.DATABASE_CONNECT_TIMEOUT,
    statementTimeout: values.DATABASE_STATEMENT_TIMEOUT,
  }
}
