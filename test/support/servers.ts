import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { administer, onDatabase } from './postgres.ts'

/**
 * The real PostgreSQL and Redis of this test run. `test/run.ts` starts them once for the whole run and passes their
 * addresses in the environment; a file that AVA runs directly finds none and uses embedded storage. Files share only the
 * servers: each has a database and a Redis of its own, so all can run at the same time.
 */
export interface Servers {
  databaseUrl: string
  redisUrl: string
}

/** The SECRET_KEYS of every installation that a test starts; the signing keys in the templates are sealed with them. */
export const SECRET_KEYS = 'a key for tests alone: 0123456789abcdefghij'

/** Null if this run uses embedded storage. */
export function servers(): Servers | null {
  const { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl } = process.env
  return databaseUrl && redisUrl ? { databaseUrl, redisUrl } : null
}

/** A database that belongs to one test file until it drops it. */
export interface Share {
  url: string
  drop(): Promise<void>
}

/** A new database with all migrations applied and with signing keys; with `empty`, without anything. */
export async function freshDatabase({ empty = false } = {}): Promise<Share> {
  const { databaseUrl } = available()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const template = (empty ? undefined : process.env.TEST_DATABASE_TEMPLATE) ?? 'template0'
  await administer(databaseUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  return {
    url: onDatabase(databaseUrl, name),
    drop: () => administer(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

/** A numbered database of the shared Redis. */
export async function freshRedis(): Promise<Share> {
  const { redisUrl } = available()
  const url = new URL(redisUrl)
  const counter = new Redis(redisUrl)
  url.pathname = `/${await counter.incr('databases-given-out')}`
  counter.disconnect()
  const drop = async () => {
    const mine = new Redis(url.href)
    await mine.flushdb()
    mine.disconnect()
  }
  return { url: url.href, drop }
}

/** The dump of a migrated PGlite; undefined where AVA was run directly, and the file has to migrate its own. */
export async function pgliteDump(): Promise<Blob | undefined> {
  const template = process.env.TEST_PGLITE_TEMPLATE
  return template === undefined ? undefined : openAsBlob(join(template, 'pglite.tar'))
}

/** Copies a migrated PGlite and its SECRET_KEYS into a DATA_DIR, as a first start would make them within some seconds. */
export async function copyPglite(dataDir: string): Promise<void> {
  const template = process.env.TEST_PGLITE_TEMPLATE
  if (template === undefined) return
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await cp(join(template, 'pglite'), join(dataDir, 'pglite'), { recursive: true })
  await writeFile(join(dataDir, 'secret-keys'), SECRET_KEYS, { mode: 0o600 })
}

function available(): Servers {
  const found = servers()
  if (found === null) throw new Error('This test needs PostgreSQL and Redis: check servers() first')
  return found
}
