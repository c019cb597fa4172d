import { Conflict } from '../src/base/refusals.ts'
import type { Verb } from './kit/verb.ts'

/** The database schema. Every start migrates it automatically; these commands show its state and revert migrations. */
export function migrateCommands(program: Verb): void {
  const migrate = program.noun('migrate', 'Migrate the database schema')
  const unchanged = { migrate: false }

  migrate.verb('up', 'Migrate the database schema to the version of this release').run(async ({ app, out }) => {
    const applied = await app.migrations.up()
    out.done({ applied }, applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is up to date.')
  }, unchanged)

  migrate
    .verb('down', 'Revert the newest migration; the data it added is lost')
    .confirmed()
    .run(async ({ app, out, session, confirm }) => {
      if (session.host.serving) throw new Conflict('a server is running on this database; stop it first')
      const newest = (await app.migrations.status()).applied.at(-1)
      if (!newest) return out.done({ reverted: [] }, 'No migration is applied.')
      await confirm(`Revert ${newest.name}? The data it added is lost.`)
      const reverted = await app.migrations.down()
      out.done({ reverted }, `Reverted ${reverted.join(', ')}.`)
    }, unchanged)

  migrate.verb('status', 'List applied and pending migrations').run(async ({ app, out }) => {
    const { applied, pending } = await app.migrations.status()
    const rows = [...applied, ...pending.map(name => ({ name, at: null }))]
    out.table(rows, ['name', 'at'], 'There are no migrations.')
  }, unchanged)
}
