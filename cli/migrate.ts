import { Conflict } from '../src/base/refusals.ts'
import { confirm } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The shape of the database. Every start brings it up to date by itself; these are for looking, and for going back. */
export function migrateCommands(program: Verb, session: Session): void {
  const migrate = program.noun('migrate', 'the shape of the database')
  const unchanged = { migrate: false }

  migrate
    .command('up')
    .description('bring the database to the shape that this release expects')
    .example('migrate up')
    .action(
      withApp(
        session,
        async ({ app, out }) => {
          const applied = await app.migrating.up()
          out.done({ applied }, applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to do.')
        },
        unchanged,
      ),
    )

  migrate
    .command('down')
    .description('take back the newest migration, and what it holds')
    .option('--yes', 'do not ask')
    .example('migrate down')
    .action(
      withApp(
        session,
        async ({ app, io, out, serving }, options: { yes?: true }) => {
          if (serving) throw new Conflict('a server is running on this database; stop it first')
          const newest = (await app.migrating.status()).applied.at(-1)
          if (!newest) return out.done({ reverted: [] }, 'Nothing is applied.')
          await confirm(io, `Take back ${newest.name}? What it made is lost.`, options)
          const reverted = await app.migrating.down()
          out.done({ reverted }, `Took back ${reverted.join(', ')}.`)
        },
        unchanged,
      ),
    )

  migrate
    .command('status')
    .description('list what is applied and what is not yet')
    .example('migrate status')
    .action(
      withApp(
        session,
        async ({ app, out }) => {
          const { applied, pending } = await app.migrating.status()
          const rows = [...applied, ...pending.map(name => ({ name, at: null }))]
          out.table(rows, ['name', 'at'], 'There are no migrations.')
        },
        unchanged,
      ),
    )
}
