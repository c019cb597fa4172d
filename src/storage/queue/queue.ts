import { PGlite } from '@electric-sql/pglite'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { ControlledTransaction } from 'kysely'
import { fromKysely, fromPglite, type JobInsert, PgBoss } from 'pg-boss'
import type { Logger } from '../../base/log.ts'
import type { PostgresConnection } from '../database/postgres-connection.ts'
import { databaseReply } from '../store-errors.ts'
import { CLOSING_MS, settledWithin } from '../wait-budget.ts'
import { nextTries, type QueueStatus, queueStatus } from './queue-status.ts'

/** The database schema that holds pg-boss's tables. */
export const SCHEMA = 'queue'

/** While the database is unavailable the queue fails constantly; one warning per minute is enough. */
const WARNING_INTERVAL_MS = 60_000

/** Statement timeout of the queue's background work. Jobs that a request adds are subject to the limits of requests. */
const LONGEST_STATEMENT_MS = 60_000

/** Connections per process, besides the one that listens for new jobs. */
const CONNECTIONS = 2

/** Intervals in seconds; tests use shorter ones. */
export interface QueueIntervals {
  /** Between polls for jobs that are due again; workers are notified of new jobs. */
  poll: number
  /** Before a failed job is retried; it grows with each try. */
  retry: number
  /** How often jobs of killed processes are looked for; one is noticed after twice this time plus its heartbeat. */
  supervise: number
}

const INTERVALS: QueueIntervals = { poll: 5, retry: 5, supervise: 15 }
const STOP_WAIT_MS = 10_000

const NO_JOB = '00000000-0000-0000-0000-000000000000'

/** How long and how often the jobs of a queue are tried, as options of pg-boss. Times are in seconds. */
export type JobOptions = Required<Pick<JobInsert, 'retryLimit' | 'retryDelayMax' | 'expireInSeconds'>>

const DAY = 24 * 60 * 60

/** The same for all jobs. A completed or abandoned job is deleted a day later. */
const COMMON = { retryBackoff: true, heartbeatSeconds: 15, retentionSeconds: 14 * DAY, deleteAfterSeconds: DAY }

export interface Job<Data extends object> {
  /** The job's ID, the same at every try. */
  id: string
  data: Data
  /** Whether this is the last try. */
  last: boolean
  /** Aborted when the job's time is up. */
  signal: AbortSignal
}

interface QueueOptions {
  em: SqlEntityManager
  database: PostgresConnection | PGlite
  log: Logger
  intervals?: QueueIntervals | undefined
}

/**
 * Background jobs: emails, back-channel logout notifications and webhooks. A job is stored in the transaction of the change it
 * belongs to, and any process may work on it. A job that fails, or whose process dies, is retried. pg-boss stores the
 * jobs in the database, PostgreSQL or PGlite.
 */
export class Queue {
  readonly #em: SqlEntityManager
  readonly #boss: PgBoss
  readonly #intervals: QueueIntervals

  constructor({ em, database, log, intervals = INTERVALS }: QueueOptions) {
    this.#em = em
    this.#boss = createBoss(database, log, intervals)
    this.#intervals = intervals
  }

  /** Starts pg-boss, which creates or upgrades its tables; of several processes at once, one does so. */
  async start(...names: string[]): Promise<void> {
    await databaseReply(this.#boss.start())
    for (const name of names) {
      await databaseReply(this.#boss.createQueue(name, { notify: true }))
      // Any query makes pg-boss cache the queue's definition. `add` needs it cached: inside a transaction PGlite has no
      // second connection to look it up.
      await databaseReply(this.#boss.findJobs(name, { id: NO_JOB }))
    }
  }

  /**
   * Adds jobs in the caller's transaction, or right away if there is none.
   * @param jobs what to add, with an ID of its own if the caller needs to know it; `group` is the owner, by which `work` limits concurrency so that none takes all workers
   */
  async add(name: string, jobs: { id?: string; data: object; group?: string }[], options: JobOptions): Promise<void> {
    const transaction = this.#em.getContext(false).getTransactionContext<ControlledTransaction<unknown>>()
    const kysely = transaction ?? this.#em.getConnection().getClient()
    const rows = jobs.map(({ id, data, group }) => ({
      ...COMMON,
      ...options,
      retryDelay: this.#intervals.retry,
      ...(id && { id }),
      data,
      ...(group && { group: { id: group } }),
    }))
    await databaseReply(this.#boss.insert(name, rows, { db: fromKysely(kysely) }))
  }

  /** Starts workers with one job at a time each. @param perGroup jobs of one group at once, in all processes together */
  async work<Data extends object>(
    name: string,
    { workers, perGroup }: { workers: number; perGroup?: number },
    handle: (job: Job<Data>) => Promise<object | undefined>,
  ): Promise<void> {
    const { poll } = this.#intervals
    const polling = { includeMetadata: true, pollingIntervalSeconds: poll, notifyPollingIntervalSeconds: poll } as const
    const options = { ...polling, ...(perGroup && { groupConcurrency: perGroup }) }
    for (let started = 0; started < workers; started += 1) {
      // A worker that has finished a job fetches the next one without waiting for the poll.
      let id = ''
      const worker = this.#boss.work<Data, object | undefined, typeof options>(name, options, async ([job]) => {
        if (!job) return undefined
        const added = { id: job.id, data: job.data, last: job.retryCount >= job.retryLimit, signal: job.signal }
        return handle(added).finally(() => id && this.#boss.notifyWorker(id))
      })
      id = await databaseReply(worker)
    }
  }

  /** The state of a queue, for the operator. */
  status(name: string): Promise<QueueStatus> {
    return queueStatus(this.#em, SCHEMA, name)
  }

  /** When the jobs of these IDs are tried next; without those that are done, given up or unknown. */
  nextTries(name: string, ids: readonly string[]): Promise<Map<string, Date>> {
    return nextTries(this.#em, SCHEMA, { name, ids })
  }

  /** Stops taking jobs and waits briefly for those in progress; unfinished ones are retried later. */
  async stopWork(name: string): Promise<void> {
    await settledWithin(STOP_WAIT_MS, this.#boss.offWork(name))
  }

  async stop(): Promise<void> {
    await settledWithin(CLOSING_MS, this.#boss.stop({ graceful: false }))
  }
}

function createBoss(database: PostgresConnection | PGlite, log: Logger, { supervise }: QueueIntervals): PgBoss {
  const supervision = { superviseIntervalSeconds: supervise, monitorIntervalSeconds: supervise }
  const common = { ...supervision, schema: SCHEMA, schedule: false, useListenNotify: true }
  const boss =
    database instanceof PGlite
      ? new PgBoss({ ...common, db: fromPglite(database), backend: 'pglite' })
      : // pg-boss passes its options to the driver, which supports `query_timeout`.
        new PgBoss({ ...common, ...database, max: CONNECTIONS, ...{ query_timeout: LONGEST_STATEMENT_MS } })
  let quietUntil = 0
  boss.on('error', error => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + WARNING_INTERVAL_MS
    log.warn({ err: error }, 'queue error; retrying')
  })
  boss.on('warning', warning => log.debug({ warning }, 'queue warning'))
  return boss
}
