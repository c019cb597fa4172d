import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { migrations } from '../../migrations/all.ts'
import { entities, notifications } from '../../src/entities.ts'
import { Changes } from '../../src/storage/change-feed/changes.ts'
import { openDatabase } from '../../src/storage/database/database.ts'
import { Migrations } from '../../src/storage/database/migrations.ts'
import { administer, onDatabase } from './postgres.ts'

/**
 * A database with all migrations applied, made once for a run and copied by each test file: migrating takes seconds, a
 * copy a fraction of one.
 */

/** Dumps a migrated PGlite into a folder. @returns the path of the dump */
export async function pgliteTemplate(folder: string): Promise<string> {
  await migrated({ databaseUrl: null, dataDir: folder })
  const pglite = await PGlite.create(join(folder, 'pglite'))
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  const path = join(folder, 'pglite.tar')
  await writeFile(path, await dump.bytes())
  return path
}

export interface PostgresTemplate {
  /** Its name, for CREATE DATABASE … TEMPLATE. */
  name: string
  drop(): Promise<void>
}

export async function postgresTemplate(databaseUrl: string): Promise<PostgresTemplate> {
  const name = `template_${randomUUID().replaceAll('-', '')}`
  await administer(databaseUrl, `CREATE DATABASE ${name} TEMPLATE template0`)
  await migrated({ databaseUrl: onDatabase(databaseUrl, name), dataDir: '' })
  return { name, drop: () => administer(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function migrated(options: { databaseUrl: string | null; dataDir: string }): Promise<void> {
  const database = await openDatabase(options, { entities, migrations, notifications }, new Changes())
  await new Migrations(database).up()
  await database.close()
}
