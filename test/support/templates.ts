import { createHash, randomUUID } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { administer, onDatabase } from './postgres.ts'
import { SECRET_KEYS } from './servers.ts'
import { StoppedClock } from './stopped-clock.ts'

/**
 * A database with all migrations applied, the tables of the queue and signing keys, made once and copied by each test
 * file: making it takes seconds, a copy a fraction of one.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** A fixed time, so that no test depends on how old a kept template is. Tests of new keys make their own. */
const CLOCK = new StoppedClock('2026-01-01')
const KEPT = join(ROOT, 'node_modules/.cache/gatehouse-pglite')

/**
 * A migrated PGlite: its folder `pglite`, and a dump of it, `pglite.tar`. Kept for later runs, which take it if what it is
 * made with is the same: the migrations, the queue, the signing keys and the versions of the libraries.
 * @returns the path of the folder that has both
 */
export async function pgliteTemplate(): Promise<string> {
  const template = join(KEPT, await templateDigest())
  if (existsSync(template)) return template
  await mkdir(KEPT, { recursive: true })
  const made = await mkdtemp(join(KEPT, 'new-'))
  await migrated({ DATA_DIR: made })
  const pglite = await PGlite.create(join(made, 'pglite'))
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  await writeFile(join(made, 'pglite.tar'), await dump.bytes())
  // Another run may have been faster; its template is as good.
  await rename(made, template).catch(() => rm(made, { recursive: true }))
  return template
}

async function templateDigest(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of globSync(
    [
      'migrations/*.ts',
      'src/storage/queue/*.ts',
      'src/{keys,audit,audit-chain}/*.ts',
      'src/base/sealing.ts',
      'test/support/{servers,templates}.ts',
      'package-lock.json',
    ],
    { cwd: ROOT },
  ).sort())
    hash.update(await readFile(join(ROOT, file)))
  return hash.digest('hex')
}

export interface PostgresTemplate {
  /** Its name, for CREATE DATABASE … TEMPLATE. */
  name: string
  drop(): Promise<void>
}

export async function postgresTemplate(databaseUrl: string): Promise<PostgresTemplate> {
  const name = `template_${randomUUID().replaceAll('-', '')}`
  await administer(databaseUrl, `CREATE DATABASE ${name} TEMPLATE template0`)
  await migrated({ DATABASE_URL: onDatabase(databaseUrl, name) })
  return { name, drop: () => administer(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`) }
}

/** Opens the product once, which migrates the database and makes the tables of the queue, and makes signing keys. */
async function migrated(env: Record<string, string>): Promise<void> {
  const app = await createApp(loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SECRET_KEYS, ...env }), {
    clock: CLOCK,
  })
  await app.scope(() => app.keys.ensure())
  await app.close()
}
