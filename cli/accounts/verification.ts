import { operator } from '../../src/base/actor.ts'
import type { Verb } from '../verb.ts'
import { type Session, withApp } from '../with-app.ts'

/** Proving an address without a letter, where the operator knows better than the mail. */
export function verification(accounts: Verb, session: Session): void {
  accounts
    .command('verify <account>')
    .description('say that the address is known to be theirs; no letter has to be answered')
    .example('accounts verify ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        const changed = await app.verification.vouch(account, { by: operator })
        const told = changed ? 'counts as proven from now on' : 'was proven already'
        out.done(account.summary(), `The address ${account.email} ${told}.`)
      }),
    )
}
