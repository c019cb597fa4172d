import { operator } from '../src/base/actor.ts'
import { NotFound } from '../src/base/refusals.ts'
import type { Verb } from './kit/verb.ts'

/** The tokens that applications hold for an account. */
export function grantCommands(program: Verb): void {
  const grants = program.noun('grants', 'Manage the tokens that applications hold')

  grants
    .verb(
      'list <account>',
      'List the grants of an account: which application holds tokens, for which scopes',
      'ada@example.com',
    )
    .runOnAccount(async ({ app, out }, account) => {
      const nothing = `No application holds tokens for ${account.email}.`
      out.table(await app.grants.of(account.id), ['id', 'clientId', 'scope', 'expiresAt'], nothing)
    })

  grants
    .verb(
      'revoke <account> [grant]',
      'Revoke one grant, those of one application, or all: refresh tokens and opaque tokens stop working at once',
      'ada@example.com',
      'ada@example.com GRANT',
      'ada@example.com --client wiki',
    )
    .dashedArgument()
    .option('--client <client_id>', 'Only the grants of this application')
    .confirmed()
    .runOnAccount(async ({ app, out, confirm }, account, id: string | undefined, { client }: { client?: string }) => {
      if (id === undefined && client === undefined) await confirm(`Revoke all grants of ${account.email}?`)
      const revoked = await app.grants.revoke(account.id, { id, clientId: client }, { by: operator })
      const count = `${revoked.length} ${revoked.length === 1 ? 'grant' : 'grants'}`
      out.done({ account: account.id, revoked }, `Revoked ${count} of ${account.email}.`)
    })
}

/** Consents: what people have allowed applications. They last until they are revoked. */
export function consentCommands(program: Verb): void {
  const consents = program.noun('consents', 'Manage the permissions that people have given to applications')

  consents
    .verb('list <account>', 'List what an account has allowed applications, newest first', 'ada@example.com')
    .runOnAccount(async ({ app, out }, account) => {
      const given = (await app.consents.of(account.id)).map(({ client, scopes, claims, resources, givenAt }) => ({
        ...{ clientId: client.id, name: client.name, scopes, claims, resources, givenAt },
      }))
      const nothing = `${account.email} has given no consent to any application.`
      out.table(given, ['clientId', 'name', 'scopes', 'resources', 'givenAt'], nothing)
    })

  consents
    .verb(
      'revoke <account> <client_id>',
      "Revoke an account's consent to an application, and the application's tokens; the person is asked again",
      'ada@example.com wiki',
    )
    .runOnAccount(async ({ app, out }, account, clientId: string) => {
      const client = await app.clients.find(clientId)
      const revoked = await app.consents.revoke(account.id, client.id, { by: operator })
      if (!revoked) throw new NotFound(`${account.email} has given no consent to ${client.name}`)
      out.done(
        { account: account.id, client: client.id, revoked },
        `Revoked the consent of ${account.email} to ${client.name}.`,
      )
    })
}
