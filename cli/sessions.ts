import { operator } from '../src/base/actor.ts'
import type { Verb } from './kit/verb.ts'

/** Browser sessions. `gatehouse accounts sign-out` revokes all those of an account at once. */
export function sessionCommands(program: Verb): void {
  const sessions = program.noun('sessions', 'Manage active sessions')

  sessions
    .verb(
      'list <account>',
      'List the active sessions of an account, newest first',
      'ada@example.com',
      'ada@example.com --json',
    )
    .runOnAccount(async ({ app, out }, account) => {
      const columns = ['device', 'ip', 'signedInAt', 'lastSeenAt', 'impersonatedBy', 'clients', 'key']
      out.table(await app.sessions.of(account.id), columns, `${account.email} has no active sessions.`)
    })

  sessions
    .verb(
      'revoke <account> <key>',
      'Revoke one session, which signs out the browser and the applications used from it; accounts sign-out revokes all',
      'ada@example.com KEY',
    )
    .dashedArgument()
    .runOnAccount(async ({ app, out }, account, key: string) => {
      await app.sessions.revoke(account.id, key, { by: operator })
      out.done({ account: account.id, revoked: [key] }, `Revoked one session of ${account.email}.`)
    })

  sessions
    .verb(
      'revoke-everyone',
      'End all sessions and revoke all tokens of everyone, also those of machines: after a theft of data',
      '',
    )
    .confirmed()
    .run(async ({ app, out, io, confirm }) => {
      await confirm('Sign everyone out, and revoke all tokens of people and machines?')
      await app.signOutEveryone.begin({ by: operator })
      out.note('Everything that began until now is refused. Notifying applications…')
      const accounts = await app.signOutEveryone.settle(count => io.progress(`${count} accounts`))
      io.progress('')
      out.done({ revoked: 'everyone', accounts }, `Signed everyone out: ${accounts} accounts.`)
    })
}
