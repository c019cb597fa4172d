import { PGlite } from '@electric-sql/pglite'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { ControlledTransaction } from 'kysely'
import { fromKysely, fromPglite, type JobInsert, PgBoss } from 'pg-boss'
import type { Logger } from '../../base/log.ts'
import { closed } from '../database/closing.ts'
import type { PostgresConnection } from '../database/postgres-connection.ts'
import { databaseAnswer } from '../unavailable.ts'
import { type Standing, standing } from './queue-status.ts'

/** The database schema in which pg-boss keeps all that is its own. */
export const SCHEMA = 'queue'

/** While the database is away the queue fails all the time; the log need not say so every time. */
const QUIET_MS = 60_000

/** Of the queue's own work in the background: what a request adds to it keeps to the limits of requests. */
const LONGEST_STATEMENT_MS = 60_000

/** Connections of a process, beside the one on which it hears of new errands. */
const CONNECTIONS = 2

/** In seconds; tests have a quicker one. */
export interface Pace {
  /** Between looks for errands whose time has come again; new ones are announced. */
  look: number
  /** Before an errand that failed is tried again; longer each time. */
  retry: number
  /** How soon an errand is missed whose process was killed on the way: this, twice, and the heartbeat of the errand. */
  supervise: number
}

const PACE: Pace = { look: 5, retry: 5, supervise: 15 }
const LAST_WAIT_MS = 10_000

const NO_JOB = '00000000-0000-0000-0000-000000000000'

/** How long and how often an errand is tried: times in seconds, of pg-boss's options those that are ours to choose. */
export type Patience = Required<
  Pick<
    JobInsert,
    | 'retryLimit'
    | 'retryBackoff'
    | 'retryDelayMax'
    | 'expireInSeconds'
    | 'heartbeatSeconds'
    | 'retentionSeconds'
    | 'deleteAfterSeconds'
  >
>

export interface Errand<Data extends object> {
  /** Its own, and the same at every try. */
  id: string
  data: Data
  /** Whether there is no other try after this one. */
  last: boolean
  /** Aborted when its time is over. */
  signal: AbortSignal
}

interface QueueOptions {
  em: SqlEntityManager
  database: PostgresConnection | PGlite
  log: Logger
  pace?: Pace | undefined
}

/**
 * What is to be done though no request waits for it: emails, and what applications are told. An errand is written down
 * in the transaction of the change it belongs to, and done in the background by whichever process has a hand free; one
 * that fails, or whose process dies, is done again. pg-boss keeps them, in the database: PostgreSQL, or PGlite in this
 * process.
 */
export class Queue {
  readonly #em: SqlEntityManager
  readonly #boss: PgBoss
  readonly #pace: Pace

  constructor({ em, database, log, pace = PACE }: QueueOptions) {
    this.#em = em
    this.#boss = bossOn(database, log, pace)
    this.#pace = pace
  }

  /** pg-boss makes its tables, and brings them to its own newest shape; of several processes at once, one does so. */
  async start(...names: string[]): Promise<void> {
    await databaseAnswer(this.#boss.start())
    for (const name of names) {
      await databaseAnswer(this.#boss.createQueue(name, { notify: true }))
      // Whatever asks for the queue makes pg-boss remember where it is kept. `add` must find it remembered: inside a
      // transaction PGlite has no second connection on which to look.
      await databaseAnswer(this.#boss.findJobs(name, { id: NO_JOB }))
    }
  }

  /**
   * Takes part in the caller's transaction; without one the errands are on their way at once.
   * @param errands each perhaps with its group: whose it is, where `work` shares its hands out fairly
   */
  async add(name: string, errands: { data: object; group?: string }[], patience: Patience): Promise<void> {
    const transaction = this.#em.getContext(false).getTransactionContext<ControlledTransaction<unknown>>()
    const kysely = transaction ?? this.#em.getConnection().getClient()
    const jobs = errands.map(({ data, group }) => ({
      ...patience,
      retryDelay: this.#pace.retry,
      data,
      ...(group && { group: { id: group } }),
    }))
    await databaseAnswer(this.#boss.insert(name, jobs, { db: fromKysely(kysely) }))
  }

  /** Each hand does one errand at a time. @param each how many of one group are done at once, in all processes */
  async work<Data extends object>(
    name: string,
    { hands, each }: { hands: number; each?: number },
    doing: (errand: Errand<Data>) => Promise<object | undefined>,
  ): Promise<void> {
    const { look } = this.#pace
    const looking = { includeMetadata: true, pollingIntervalSeconds: look, notifyPollingIntervalSeconds: look } as const
    const options = { ...looking, ...(each && { groupConcurrency: each }) }
    for (let hand = 0; hand < hands; hand += 1) {
      // A hand that has done an errand reaches for the next one without waiting.
      let id = ''
      const worker = this.#boss.work<Data, object | undefined, typeof options>(name, options, async ([job]) => {
        if (!job) return undefined
        const errand = { id: job.id, data: job.data, last: job.retryCount >= job.retryLimit, signal: job.signal }
        return doing(errand).finally(() => id && this.#boss.notifyWorker(id))
      })
      id = await databaseAnswer(worker)
    }
  }

  /** How they stand: for the operator. */
  standing(name: string): Promise<Standing> {
    return standing(this.#em, SCHEMA, name)
  }

  /** Errands in hand are given a moment; what is not done by then is done again later. */
  async rest(name: string): Promise<void> {
    const wait = Promise.withResolvers<void>()
    const timer = setTimeout(wait.resolve, LAST_WAIT_MS)
    await Promise.race([this.#boss.offWork(name), wait.promise])
    clearTimeout(timer)
  }

  async stop(): Promise<void> {
    await closed(this.#boss.stop({ graceful: false }))
  }
}

function bossOn(database: PostgresConnection | PGlite, log: Logger, { supervise }: Pace): PgBoss {
  const supervision = { superviseIntervalSeconds: supervise, monitorIntervalSeconds: supervise }
  const common = { ...supervision, schema: SCHEMA, schedule: false, useListenNotify: true }
  const boss =
    database instanceof PGlite
      ? new PgBoss({ ...common, db: fromPglite(database), backend: 'pglite' })
      : new PgBoss({ ...common, ...inBackground(database), max: CONNECTIONS })
  let quietUntil = 0
  boss.on('error', error => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + QUIET_MS
    log.warn({ err: error }, 'queue error; retrying')
  })
  boss.on('warning', warning => log.debug({ warning }, 'queue warning'))
  return boss
}

/** The queue hands its options on to the driver, which knows this one. */
function inBackground(connection: PostgresConnection) {
  return { ...connection, query_timeout: LONGEST_STATEMENT_MS }
}
