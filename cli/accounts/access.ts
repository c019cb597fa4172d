import type { Account } from '../../src/accounts/account.ts'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import type { Verb } from '../kit/verb.ts'

const by = { by: operator }

/** Who may sign in, and who is signed in. */
export function accessCommands(accounts: Verb): void {
  change(
    'suspend',
    'Block sign-in to an account, and end its sessions and tokens at once',
    (app, account) => app.suspension.suspend(account.id, by),
    'is suspended and signed out everywhere',
  )
  change(
    'reinstate',
    'Allow a suspended account to sign in again',
    (app, account) => app.suspension.reinstate(account.id, by),
    'can sign in again',
  )
  change(
    'sign-out',
    'End all sessions and tokens of an account',
    (app, account) => app.signOut.of(account, by),
    'is signed out everywhere',
  )
  change(
    'unlock',
    'Reset the attempt limits of an account after too many wrong passwords or codes',
    (app, account) => app.throttledVerification.unlock(account, by),
    'can try again',
  )

  function change(
    name: string,
    description: string,
    make: (app: App, account: Account) => Promise<unknown>,
    outcome: string,
  ): void {
    accounts.verb(`${name} <account>`, description, 'ada@example.com').run(async ({ app, out }, id: string) => {
      const account = await app.accounts.find(id)
      await make(app, account)
      out.done(account, `${account.email} ${outcome}.`)
    })
  }
}
