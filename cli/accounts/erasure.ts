import { operator } from '../../src/base/actor.ts'
import { confirmByTyping } from '../prompts.ts'
import type { Verb } from '../verb.ts'
import { type Session, withApp } from '../with-app.ts'

/** Forgetting a person at once, without the grace that they have themselves. */
export function erasure(accounts: Verb, session: Session): void {
  accounts
    .command('erase <account>')
    .description('forget a person for good: account, sign-ins, consents, tokens; no way back, and no grace')
    .option('--yes', 'do not ask')
    .example('accounts erase ada@example.com')
    .action(
      withApp(session, async ({ app, io, out }, idOrEmail: string, options: { yes?: true }) => {
        const account = await app.accounts.find(idOrEmail)
        const { id, email } = account
        await confirmByTyping(io, `All that is held of ${email} will be gone, for good.`, email, options)
        await app.erasure.of(account, { by: operator })
        out.done({ id, email, erased: true }, `${email} is forgotten. What is on record of it names ${id} alone.`)
      }),
    )
}
