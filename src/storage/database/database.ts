import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import {
  type AnyEntity,
  type Constructor,
  type EntityClass,
  type EventSubscriber,
  type FlushEventArgs,
  MikroORM,
} from '@mikro-orm/core'
import { type Migration, Migrator } from '@mikro-orm/migrations'
import type { PgliteConnection } from '@mikro-orm/pglite'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { PostgresDialect } from 'kysely'
import type { DatabaseLimits } from '../../base/config.ts'
import { parseDatabaseUrl } from '../../base/network/database-address.ts'
import { CHANNEL, type Changes } from '../change-feed/changes.ts'
import { pgliteListener, postgresListener } from '../change-feed/notification-listeners.ts'
import { databaseReply } from '../store-errors.ts'
import { CLOSING_MS, settledWithin } from '../wait-budget.ts'
import { Pglite, Postgres, pgliteParsers } from './drivers.ts'
import { LimitedPool } from './limited-pool.ts'
import { type PostgresConnection, postgresConnection } from './postgres-connection.ts'
import { NOW, probe, ReadinessConnection, timeIn } from './readiness.ts'

interface Schema {
  entities: EntityClass<AnyEntity>[]
  migrations: { name: string; class: Constructor<Migration> }[]
  /** By entity name: the notification to make when an entity has changed, in the form that the triggers use. */
  notifications: Readonly<Record<string, (entity: never) => string>>
}

export interface Database {
  orm: MikroORM
  em: SqlEntityManager
  /** Whether other processes can use it at the same time. */
  shared: boolean
  /** A name for people. */
  name: string
  /** How to connect to it; null if it runs in this process. */
  connection: PostgresConnection | null
  /** @throws StoreUnavailable if it doesn't answer */
  ping(): Promise<void>
  /** Runs `work` without time limits on the database. All other work of the process keeps them. */
  withoutTimeLimits<T>(work: () => Promise<T>): Promise<T>
  /** The database's time. */
  now(): Promise<Date>
  /** Runs a statement on the connection that only readiness uses, so that it waits for no other work. */
  readinessQuery<Row extends object>(text: string): Promise<Row[]>
  /** Makes a minimal write. @returns the database's time. @throws Error if it doesn't accept writes */
  probe(): Promise<Date>
  close(): Promise<void>
}

interface DatabaseOptions {
  databaseUrl: string | null
  dataDir: string
  /** For PostgreSQL; `DEFAULT_LIMITS` if left out. */
  databaseLimits?: DatabaseLimits
  /** A dumped PGlite folder to start from, kept in memory only; used by tests. */
  pgliteDump?: Blob | undefined
}

/** The defaults of the settings. */
const DEFAULT_LIMITS: DatabaseLimits = { connections: 10, queue: 100, connectTimeout: 3, statementTimeout: 5 }

/**
 * Opens PostgreSQL if DATABASE_URL is set. Otherwise it opens PGlite, PostgreSQL compiled into this process, in
 * DATA_DIR. Both use the same entities, migrations and SQL.
 */
export async function openDatabase(options: DatabaseOptions, schema: Schema, changes: Changes): Promise<Database> {
  const common = {
    entities: schema.entities,
    extensions: [Migrator],
    migrations: { migrationsList: schema.migrations, tableName: 'migration', snapshot: false, silent: true },
    subscribers: [new OwnChanges(changes, schema.notifications)],
    ignoreUndefinedInQuery: true,
    debug: false,
  }
  const { databaseLimits: limits = DEFAULT_LIMITS } = options
  const connection = options.databaseUrl
    ? await postgresConnection(parseDatabaseUrl(options.databaseUrl), limits)
    : null
  let pool: LimitedPool | null = null
  const readiness = connection ? new ReadinessConnection(connection, limits) : null
  const orm = connection
    ? new MikroORM({
        ...common,
        driver: Postgres,
        dbName: connection.database,
        driverOptions: () => {
          pool = new LimitedPool(connection, limits)
          return new PostgresDialect({ pool })
        },
      })
    : new MikroORM({
        ...common,
        driver: Pglite,
        dbName: 'postgres',
        driverOptions: { pglite: () => openPglite(options) },
      })
  await orm.connect()
  const em = orm.em as SqlEntityManager
  return {
    orm: orm as MikroORM,
    em,
    shared: connection !== null,
    name: connection ? 'PostgreSQL' : 'PGlite (embedded)',
    connection,
    withoutTimeLimits: work => pool?.withoutTimeLimits(work) ?? work(),
    ping: async () => {
      await databaseReply(em.getConnection().execute('select 1'))
    },
    now: async () => timeIn(await databaseReply(em.getConnection().execute(`select ${NOW}`))),
    readinessQuery: text => (readiness ? readiness.rows(text) : em.fork().execute(text)),
    probe: () => (readiness ? readiness.probe() : em.fork().transactional(inner => probe(text => inner.execute(text)))),
    close: async () => {
      if (connection) return settledWithin(CLOSING_MS, Promise.all([orm.close(true), readiness?.end()]))
      const pglite = await pgliteOf(em)
      await orm.close(true)
      await pglite.close()
    },
  }
}

/** Starts listening for notifications. Must run after the migrations, which create the triggers. */
export async function listenForChanges({ em, connection }: Database, changes: Changes): Promise<void> {
  const notify = (payload: string) => em.getConnection().execute('select pg_notify(?, ?)', [CHANNEL, payload])
  await changes.start(
    connection ? postgresListener(connection, CHANNEL, notify) : pgliteListener(await pgliteOf(em), CHANNEL),
  )
}

async function openPglite({ dataDir, pgliteDump }: DatabaseOptions): Promise<PGlite> {
  if (pgliteDump) return PGlite.create({ loadDataDir: pgliteDump, parsers: pgliteParsers })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  return PGlite.create(join(dataDir, 'pglite'), { parsers: pgliteParsers })
}

/** Only valid if the database is PGlite. */
export async function pgliteOf(em: SqlEntityManager): Promise<PGlite> {
  return (await (em.getConnection() as unknown as PgliteConnection).getNativeClient()) as PGlite
}

/** Notifies this process of its own changes at once, without waiting for the database's notification. */
class OwnChanges implements EventSubscriber {
  readonly #changes: Changes
  readonly #notifications: Schema['notifications']

  constructor(changes: Changes, notifications: Schema['notifications']) {
    this.#changes = changes
    this.#notifications = notifications
  }

  afterFlush({ uow }: FlushEventArgs): void {
    for (const { meta, entity } of uow.getChangeSets()) {
      const payload = this.#notifications[meta.className]?.(entity as never)
      if (payload) this.#changes.notify(payload)
    }
  }
}
