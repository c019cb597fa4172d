import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { Redis } from 'ioredis'
import { administer, onDatabase } from './postgres.ts'

/**
 * The real PostgreSQL and Redis of this test run. `test/run.ts` starts them once for the whole run and says where they
 * are through the environment; a file that is run by AVA directly finds none and works on embedded storage. What the
 * files share is only the server: each takes a database and a Redis of its own, so all can run at the same time.
 */
export interface Servers {
  databaseUrl: string
  redisUrl: string
}

/** Null: this run is on embedded storage. */
export function servers(): Servers | null {
  const { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl } = process.env
  return databaseUrl && redisUrl ? { databaseUrl, redisUrl } : null
}

/** Something of a server that belongs to one test file until it drops it. */
export interface Share {
  url: string
  drop(): Promise<void>
}

/** A database of one's own, with all migrations done; empty and not migrated if asked so. */
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

/** A numbered database of one's own in the shared Redis. */
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

/** The dump of a migrated PGlite; undefined where AVA was run directly, and one has to migrate. */
export async function pgliteDump(): Promise<Blob | undefined> {
  const path = process.env.TEST_PGLITE_DUMP
  return path === undefined ? undefined : openAsBlob(path)
}

function available(): Servers {
  const found = servers()
  if (found === null) throw new Error('This test needs PostgreSQL and Redis: ask servers() first')
  return found
}
