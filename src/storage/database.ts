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
import { type PgliteConnection, PgliteDriver } from '@mikro-orm/pglite'
import { PostgreSqlDriver, type SqlEntityManager } from '@mikro-orm/postgresql'
import { hearPglite, hearPostgres } from './announcements.ts'
import { CHANNEL, type Changes } from './changes.ts'
import { pgliteParsers } from './pglite-parsers.ts'

export interface Schema {
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
  /** @throws Error when it does not answer */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  databaseUrl: string | null
  dataDir: string
  /** A dumped PGlite folder to begin with instead of an empty one, kept in memory only: what tests use. */
  pgliteDump?: Blob | undefined
}

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
  const orm = options.databaseUrl
    ? new MikroORM({ ...common, driver: PostgreSqlDriver, clientUrl: options.databaseUrl, pool: { min: 0, max: 10 } })
    : new MikroORM({
        ...common,
        driver: PgliteDriver,
        dbName: 'postgres',
        driverOptions: { pglite: () => openPglite(options) },
      })
  await orm.connect()
  const em = orm.em as SqlEntityManager
  return {
    orm: orm as MikroORM,
    em,
    shared: options.databaseUrl !== null,
    name: options.databaseUrl ? 'PostgreSQL' : 'PGlite (embedded)',
    ping: async () => {
      await em.getConnection().execute('select 1')
    },
    close: async () => {
      const pglite = options.databaseUrl ? null : await pgliteOf(em)
      await orm.close(true)
      await pglite?.close()
    },
  }
}

/** Begins to hear what the database announces; after the migrations, which make the triggers. */
export async function hearChanges({ em }: Database, databaseUrl: string | null, changes: Changes): Promise<void> {
  await changes.start(databaseUrl ? hearPostgres(databaseUrl, CHANNEL) : hearPglite(await pgliteOf(em), CHANNEL))
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
