import { operator } from '../../src/base/actor.ts'
import type { Verb } from '../kit/verb.ts'

/** Who may sign in, and who is signed in. */
export function accessCommands(accounts: Verb): void {
  accounts
    .verb(
      'suspend <account>',
      'Block sign-in to an account, and end its sessions and tokens at once',
      'accounts suspend ada@example.com',
    )
    .run(async ({ app, out }, id: string) => {
      const account = await app.suspension.suspend(id, { by: operator })
      out.done(account.summary(), `${account.email} is suspended and signed out everywhere.`)
    })

  accounts
    .verb('reinstate <account>', 'Allow a suspended account to sign in again', 'accounts reinstate ada@example.com')
    .run(async ({ app, out }, id: string) => {
      const account = await app.suspension.reinstate(id, { by: operator })
      out.done(account.summary(), `${account.email} can sign in again.`)
    })

  accounts
    .verb('sign-out <account>', 'End all sessions and tokens of an account', 'accounts sign-out ada@example.com')
    .run(async ({ app, out }, id: string) => {
      const account = await app.accounts.find(id)
      await app.signOut.of(account, { by: operator })
      out.done(account.summary(), `${account.email} is signed out everywhere.`)
    })

  accounts
    .verb(
      'unlock <account>',
      'Reset the attempt limits of an account after too many wrong passwords or codes',
      'accounts unlock ada@example.com',
    )
    .run(async ({ app, out }, id: string) => {
      const account = await app.accounts.find(id)
      await app.throttledVerification.unlock(account, { by: operator })
      out.done(account.summary(), `${account.email} can try again.`)
    })
}
