import { operator } from '../src/base/actor.ts'
import { NotFound } from '../src/base/refusals.ts'
import { confirm } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** What applications hold of a person's at the moment: tokens, and what they may do. */
export function grantCommands(program: Verb, session: Session): void {
  const grants = program.noun('grants', 'tokens that applications hold in the name of people')

  grants
    .command('list <account>')
    .description('list what applications hold of a person')
    .example('grants list ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        const found = (await app.grants.of(account.id)).map(grant => ({ ...grant }))
        out.table(found, ['id', 'clientId', 'scope', 'expiresAt'], `No application holds anything of ${account.email}.`)
      }),
    )

  grants
    .command('revoke <account> [grant]')
    .dashedArgument()
    .description('end one grant, those of one application, or all; its refresh and opaque tokens die at once')
    .option('--client <client_id>', 'those of this application')
    .option('--yes', 'do not ask before ending all')
    .example('grants revoke ada@example.com GRANT', 'grants revoke ada@example.com --client wiki')
    .action(
      withApp(session, async ({ app, io, out }, idOrEmail: string, id: string | undefined, options: RevokeOptions) => {
        const account = await app.accounts.find(idOrEmail)
        const { client: clientId } = options
        if (id === undefined && clientId === undefined)
          await confirm(io, `End every grant of ${account.email}?`, options)
        const revoked = await app.grants.revoke(account.id, { id, clientId }, { by: operator })
        out.done({ account: account.id, revoked }, `Ended ${revoked.length} of ${account.email}.`)
      }),
    )
}

interface RevokeOptions {
  client?: string
  yes?: true
}

/** What people allowed applications for good. */
export function consentCommands(program: Verb, session: Session): void {
  program
    .noun('consents', 'what people allowed applications')
    .command('withdraw <account> <client_id>')
    .description('forget what a person allowed an application, and end its tokens; they are asked again')
    .example('consents withdraw ada@example.com wiki')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string, clientId: string) => {
        const account = await app.accounts.find(idOrEmail)
        const client = await app.clients.find(clientId)
        const withdrawn = await app.consents.withdraw(account.id, client.id, { by: operator })
        if (!withdrawn) throw new NotFound(`${account.email} has allowed ${client.name} nothing`)
        out.done(
          { account: account.id, client: client.id, withdrawn },
          `${client.name} may know nothing of ${account.email} any more.`,
        )
      }),
    )
}
