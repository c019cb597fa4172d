import { operator } from '../../src/base/actor.ts'
import { usageError } from '../failures.ts'
import { type NOTHING, orNull, textOrNone } from '../values.ts'
import type { Verb } from '../verb.ts'
import { type Session, withApp } from '../with-app.ts'

/** What an operator changes of what a person is called. */
export function profile(accounts: Verb, session: Session): void {
  accounts
    .command('update <account>')
    .description('change the name or the username of an account')
    .option('--name <name>', 'what the person wishes to be called, or none', textOrNone)
    .option('--username <username>', 'unique name without an @, or none', textOrNone)
    .example('accounts update ada@example.com --username ada', 'accounts update ada@example.com --username none')
    .action(
      withApp(session, async ({ app, out }, text: string, { name, username }: Changes) => {
        if (name === undefined && username === undefined)
          throw usageError('nothing to change', 'Give --name, --username or both.')
        const account = await app.accounts.find(text)
        await app.profiles.update(
          account,
          {
            ...(name === undefined ? {} : { name: orNull(name) }),
            ...(username === undefined ? {} : { preferred_username: orNull(username) }),
          },
          { by: operator },
        )
        out.done(account.summary(), `Updated ${account.email}.`)
      }),
    )
}

interface Changes {
  name?: string | typeof NOTHING
  username?: string | typeof NOTHING
}
