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
import pg from 'pg'
import type { DatabaseLimits } from '../../base/config.ts'
import { parseDatabaseUrl } from '../../base/network/database-address.ts'
import { databaseAnswer } from '../unavailable.ts'
import { hearPglite, hearPostgres } from './announcements.ts'
import { CHANNEL, type Changes } from './changes.ts'
import { closed } from './closing.ts'
import { Pglite, Postgres } from './drivers.ts'
import { pgliteParsers } from './pglite-parsers.ts'
import { type PostgresConnection, postgresConnection } from './postgres-connection.ts'
import { PatientPool } from './postgres-pool.ts'
import { NOW, probe, ReadinessConnection, timeIn } from './readiness.ts'

interface Schema {
  entities: EntityClass<AnyEntity>[]
  migrations: { name: string; class: Constructor<Migration> }[]
  /** By entity name: what to announce when one has changed, as the triggers do. */
  announced: Readonly<Record<string, (entity: never) => string>>
}

export interface Database {
  orm: MikroORM
  em: SqlEntityManager
  /** Whether other processes can use it at the same time. */
  shared: boolean
  /** A word for people: which one it is. */
  name: string
  /** How connections to it are made; null where it is in this process. */
  connection: PostgresConnection | null
  /** @throws StoreUnavailable when it does not answer */
  ping(): Promise<void>
  /** No statement of `work`, or of anything else meanwhile, is given up because it takes long. */
  unlimited<T>(work: () => Promise<T>): Promise<T>
  /** Its time. */
  now(): Promise<Date>
  /** A statement over a connection that only readiness uses: it waits for no other work. */
  aside<Row extends object>(text: string): Promise<Row[]>
  /** Writes as little as shows that it takes writes. @returns its time. @throws Error when it does not take them */
  probe(): Promise<Date>
  close(): Promise<void>
}

interface DatabaseOptions {
  databaseUrl: string | null
  dataDir: string
  /** Of PostgreSQL; without them, `USUAL_LIMITS`. */
  databaseLimits?: DatabaseLimits
  /** A dumped PGlite folder to begin with instead of an empty one, kept in memory only: what tests use. */
  pgliteDump?: Blob | undefined
}

/** What the settings say by default. */
const USUAL_LIMITS: DatabaseLimits = { connections: 10, queue: 100, connectTimeout: 3, statementTimeout: 5 }

/**
 * PostgreSQL where there is a DATABASE_URL; otherwise PGlite, the same PostgreSQL compiled into this process, in
 * DATA_DIR. Same entities, same migrations, same SQL.
 */
export async function openDatabase(options: DatabaseOptions, schema: Schema, changes: Changes): Promise<Database> {
  const common = {
    entities: schema.entities,
    extensions: [Migrator],
    migrations: { migrationsList: schema.migrations, tableName: 'migration', snapshot: false, silent: true },
    subscribers: [new OwnChanges(changes, schema.announced)],
    ignoreUndefinedInQuery: true,
    debug: false,
  }
  const { databaseLimits: limits = USUAL_LIMITS } = options
  const connection = options.databaseUrl
    ? await postgresConnection(parseDatabaseUrl(options.databaseUrl), limits)
    : null
  let pool: PatientPool | null = null
  const readiness = connection ? new ReadinessConnection(connection, limits, postgresTypes()) : null
  const orm = connection
    ? new MikroORM({
        ...common,
        driver: Postgres,
        dbName: connection.database,
        driverOptions: () => {
          pool = new PatientPool(connection, limits, postgresTypes())
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
    unlimited: work => pool?.unlimited(work) ?? work(),
    ping: async () => {
      await databaseAnswer(em.getConnection().execute('select 1'))
    },
    now: async () => timeIn(await databaseAnswer(em.getConnection().execute(`select ${NOW}`))),
    aside: text => (readiness ? readiness.rows(text) : em.fork().execute(text)),
    probe: () => (readiness ? readiness.probe() : em.fork().transactional(inner => probe(text => inner.execute(text)))),
    close: async () => {
      if (connection) return closed(Promise.all([orm.close(true), readiness?.end()]))
      const pglite = await pgliteOf(em)
      await orm.close(true)
      await pglite.close()
    },
  }
}

/** Begins to hear what the database announces; after the migrations, which make the triggers. */
export async function hearChanges({ em, connection }: Database, changes: Changes): Promise<void> {
  const announce = (payload: string) => em.getConnection().execute('select pg_notify(?, ?)', [CHANNEL, payload])
  await changes.start(
    connection ? hearPostgres(connection, CHANNEL, announce) : hearPglite(await pgliteOf(em), CHANNEL),
  )
}

/** As for PGlite: values as MikroORM expects them. */
function postgresTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides()
  for (const [oid, parser] of Object.entries(pgliteParsers)) types.setTypeParser(Number(oid), parser)
  return types
}

async function openPglite({ dataDir, pgliteDump }: DatabaseOptions): Promise<PGlite> {
  if (pgliteDump) return PGlite.create({ loadDataDir: pgliteDump, parsers: pgliteParsers })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  return PGlite.create(join(dataDir, 'pglite'), { parsers: pgliteParsers })
}

/** Only where the database is PGlite. */
export async function pgliteOf(em: SqlEntityManager): Promise<PGlite> {
  return (await (em.getConnection() as unknown as PgliteConnection).getNativeClient()) as PGlite
}

/** This process hears of its own changes at once, not only when the announcement has come back. */
class OwnChanges implements EventSubscriber {
  readonly #changes: Changes
  readonly #announced: Schema['announced']

  constructor(changes: Changes, announced: Schema['announced']) {
    this.#changes = changes
    this.#announced = announced
  }

  afterFlush({ uow }: FlushEventArgs): void {
    for (const { meta, entity } of uow.getChangeSets()) {
      const payload = this.#announced[meta.className]?.(entity as never)
      if (payload) this.#changes.announce(payload)
    }
  }
}
