import { operator } from '../../src/base/actor.ts'
import type { NewRegistrationToken } from '../../src/clients/self-registration/registration-tokens.ts'
import { count, defined, duration, repeated } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

/** The tokens with which programs register themselves. */
export function registrationTokenCommands(program: Verb): void {
  const tokens = program.noun('registration-tokens', 'Manage the tokens with which programs register themselves')

  tokens
    .verb(
      'add <name>',
      'Create a token with which a program can register applications, and print it',
      'ci --uses 10 --expires 30d',
      'partner --redirect-host app.partner.example --scope openid --scope email',
    )
    .option('--uses <number>', 'Number of applications that can be registered with it; 1 by default', count)
    .option('--expires <duration>', 'How long it can be used, such as 12h or 30d; 7d by default', duration)
    .option(
      '--scope <scope>',
      'Scope that applications may get, instead of those that are open to all; repeatable',
      repeated,
    )
    .option(
      '--grant-type <type>',
      'Grant type that they may use, instead of authorization_code and refresh_token; repeatable',
      repeated,
    )
    .option('--response-type <type>', 'Response type that they may use, instead of code; repeatable', repeated)
    .option(
      '--redirect-host <host>',
      'Host that they may send people to; by default any. Native applications may always use this device; repeatable',
      repeated,
    )
    .run(async ({ app, out }, name: string, options: AddOptions) => {
      const { uses, expires, scope, grantType, responseType, redirectHost } = options
      const input = { uses, expires, scopes: scope, grantTypes: grantType, responseTypes: responseType }
      const made = await app.registrationTokens.add(
        { name, ...defined({ ...input, redirectHosts: redirectHost }) } as NewRegistrationToken,
        { by: operator },
      )
      const { registrationToken, token } = made
      const { issuer, clientRegistration } = app.config
      if (clientRegistration === 'off')
        out.note('CLIENT_REGISTRATION is off: the token can be used once it is set to token or open.')
      out.text(
        { ...registrationToken.summary(), token, registrationEndpoint: `${issuer}/reg` },
        `Created the registration token ${name}. It is shown only once.\n\n${token}\n`,
      )
    })

  tokens.verb('list', 'List the registration tokens, with their uses').run(async ({ app, out }) => {
    out.table(
      await app.registrationTokens.list(),
      ['name', 'used', 'maxUses', 'expiresAt', 'scopes', 'grantTypes', 'responseTypes', 'redirectHosts'],
      'There are no registration tokens. To create one: gatehouse registration-tokens add --help',
    )
  })

  tokens
    .verb('revoke <name>', 'Revoke a registration token; applications that were registered with it stay', 'ci')
    .run(async ({ app, out }, name: string) => {
      await app.registrationTokens.revoke(name, { by: operator })
      out.done({ revoked: name }, `Revoked the registration token ${name}.`)
    })
}

interface AddOptions {
  uses?: number
  expires?: number
  scope?: string[]
  grantType?: string[]
  responseType?: string[]
  redirectHost?: string[]
}
