import { operator } from '../src/base/actor.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The browsers in which people are signed in. */
export function sessionCommands(program: Verb, session: Session): void {
  const sessions = program.noun('sessions', 'browsers in which people are signed in')

  sessions
    .command('list <account>')
    .description('list the sessions of a person, newest first')
    .example('sessions list ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        const found = (await app.sessions.of(account.id)).map(each => ({ ...each }))
        out.table(
          found,
          ['device', 'ip', 'signedInAt', 'lastSeenAt', 'clients', 'key'],
          `${account.email} is signed in nowhere.`,
        )
      }),
    )

  sessions
    .command('end <account> <key>')
    .dashedArgument()
    .description('sign a person out of one browser, and of the applications they reached from it')
    .example('sessions end ada@example.com KEY')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string, key: string) => {
        const account = await app.accounts.find(idOrEmail)
        await app.sessions.end(account.id, key, { by: operator })
        out.done({ account: account.id, ended: key }, `Ended that session of ${account.email}.`)
      }),
    )

  sessions
    .command('end-all <account>')
    .description('sign a person out of every browser and every application')
    .example('sessions end-all ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        await app.signOut.of(account, { by: operator })
        out.done({ account: account.id, ended: 'all' }, `Ended every session of ${account.email}.`)
      }),
    )
}
