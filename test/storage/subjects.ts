import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { PGlite } from '@electric-sql/pglite'
import type { MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { MikroORM as PgliteORM } from '@mikro-orm/pglite'
import { MikroORM as PostgresORM, type SqlEntityManager } from '@mikro-orm/postgresql'
import { migrations } from '../../migrations/all.ts'
import type { Artifacts } from '../../src/storage/artifacts/artifacts.ts'
import { PostgresArtifacts } from '../../src/storage/artifacts/postgres-artifacts.ts'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { sqlOf } from '../../src/storage/database/sql.ts'
import { connectRedis, type RedisClient } from '../../src/storage/redis/redis.ts'
import { PATIENT } from '../support/redis.ts'
import { freshDatabase } from '../support/servers.ts'

/** An implementation that the suite runs on. */
export interface Subject {
  name: string
  /** A new store, which this and other processes can open. */
  create(): Promise<SharedStore>
}

export interface SharedStore {
  /** Null if only one process can open the store. */
  elsewhere: Elsewhere | null
  open(): Promise<Store>
  remove(): Promise<void>
}

export type Elsewhere = { kind: 'postgres'; url: string } | { kind: 'redis'; url: string; prefix: string }

export interface Store {
  artifacts: Artifacts
  /** All stored data as text, as a dump would show it. */
  dump(): Promise<string[]>
  close(): Promise<void>
}

const { TEST_DATABASE_URL, TEST_REDIS_URL, TEST_REDIS_CLUSTER_URL } = process.env

export const subjects: Subject[] = [
  { name: 'PGlite', create: pglite },
  ...(TEST_DATABASE_URL ? [{ name: 'PostgreSQL', create: postgres }] : []),
  ...(TEST_REDIS_URL ? [{ name: 'Redis', create: () => redis(TEST_REDIS_URL) }] : []),
  ...(TEST_REDIS_CLUSTER_URL ? [{ name: 'Redis Cluster', create: () => redis(TEST_REDIS_CLUSTER_URL) }] : []),
]

export async function open(where: Elsewhere): Promise<Store> {
  if (where.kind === 'redis') {
    const client = connectRedis(where.url, PATIENT)
    const artifacts = redisArtifacts(client, { prefix: where.prefix })
    return { artifacts, dump: () => dumpRedis(client, where.prefix), close: () => artifacts.close() }
  }
  const orm = new PostgresORM({ ...common, clientUrl: where.url })
  return { ...overSql(orm.em), close: () => orm.close() }
}

/** Runs consume-worker.ts in its own process; resolves with how many of its concurrent consumes succeeded. */
export async function winsElsewhere(where: Elsewhere, kind: string, id: string, attempts: number): Promise<number> {
  const worker = fork(new URL('consume-worker.ts', import.meta.url), [JSON.stringify({ where, kind, id, attempts })])
  const [wins] = await once(worker, 'message')
  await once(worker, 'exit')
  return Number(wins)
}

const common = {
  entities: [],
  discovery: { warnWhenNoEntities: false },
  extensions: [Migrator],
  migrations: { migrationsList: migrations, snapshot: false, silent: true },
}

async function pglite(): Promise<SharedStore> {
  const orm = new PgliteORM({ ...common, dbName: 'postgres', driverOptions: { pglite: () => PGlite.create() } })
  await migrate(orm)
  const store = { ...overSql(orm.em), close: async () => {} }
  return { elsewhere: null, open: async () => store, remove: () => orm.close() }
}

async function postgres(): Promise<SharedStore> {
  const { url, drop } = await freshDatabase({ empty: true })
  const orm = new PostgresORM({ ...common, clientUrl: url })
  await migrate(orm)
  await orm.close()
  const elsewhere = { kind: 'postgres' as const, url }
  return { elsewhere, open: () => open(elsewhere), remove: drop }
}

async function redis(url: string): Promise<SharedStore> {
  const elsewhere = { kind: 'redis' as const, url, prefix: `test-${randomUUID()}:` }
  return { elsewhere, open: () => open(elsewhere), remove: async () => {} }
}

async function migrate(orm: Pick<MikroORM, 'connect' | 'migrator'>): Promise<void> {
  await orm.connect()
  await orm.migrator.up()
}

function overSql(em: SqlEntityManager): Omit<Store, 'close'> {
  const sql = sqlOf(em)
  const dump = async () => (await sql.query('select * from artifact', [])).map(row => JSON.stringify(row))
  return { artifacts: new PostgresArtifacts(sql), dump }
}

async function dumpRedis(client: RedisClient, prefix: string): Promise<string[]> {
  const nodes = client.isCluster && 'nodes' in client ? client.nodes('master') : [client]
  const found = await Promise.all(nodes.map(node => node.keys(`${prefix}*`)))
  return Promise.all(
    found.flat().map(async key => {
      const index = (await client.type(key)) === 'zset'
      return `${key}\n${index ? await client.zrange(key, 0, '-1') : await client.get(key)}`
    }),
  )
}
