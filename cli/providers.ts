import { Argument } from 'commander'
import { operator } from '../src/base/actor.ts'
import { KINDS, type Kind } from '../src/federation/preset.ts'
import { confirm } from './prompts.ts'
import { addProvider, updateProvider } from './providers/add.ts'
import { directionsFor } from './providers/directions.ts'
import { listKinds, showKind } from './providers/kinds.ts'
import { inLines } from './providers/lines.ts'
import { type OnceOptions, onceOptions, type ProviderOptions, providerOptions } from './providers/options.ts'
import { preview } from './providers/preview.ts'
import { testProvider } from './providers/test.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The upstream providers that people sign in through: Google, and the others. */
export function providerCommands(program: Verb, session: Session): void {
  const providers = program.noun('providers', 'other providers that people may sign in through')
  const kind = () => new Argument('<kind>', 'which provider, or which protocol').choices(KINDS)

  providerOptions(onceOptions(providers.command('add').addArgument(kind())))
    .description('let people sign in through a provider, and print what to do there')
    .example(
      'providers add google --client-id 1234-abc.apps.googleusercontent.com --client-secret-file secret.txt',
      'providers add microsoft --tenant 00000000-1111-2222-3333-444444444444 --domain example.com --profile always',
      'providers add apple --client-id com.example.id --team-id A1B2C3D4E5 --key-id F6G7H8I9J0 --client-secret-file key.p8',
      'providers add oidc --name work --title "Example SSO" --issuer https://sso.example.com --role-claim groups --role-map staff=editor',
    )
    .action(
      withApp(session, (work, kind: Kind, options: ProviderOptions & OnceOptions) => addProvider(work, kind, options)),
    )

  providers
    .command('kinds')
    .addArgument(kind().argOptional())
    .description('list the kinds of providers, or show one and what to do there')
    .example('providers kinds', 'providers kinds apple')
    .action(withApp(session, async (work, kind?: Kind) => (kind ? showKind(work, kind) : listKinds(work))))

  providers
    .command('list')
    .description('list all providers, in the order of the sign-in page')
    .example('providers list')
    .action(
      withApp(session, async ({ app, out }) => {
        const summaries = (await app.identityProviders.list()).map(provider => provider.summary())
        const nothing =
          'People sign in here alone. To let them through another provider: gatehouse providers add --help'
        out.table(summaries, ['name', 'kind', 'title', 'enabled', 'clientId', 'position'], nothing)
      }),
    )

  providers
    .command('show <name>')
    .description('show all that is known of a provider, but for its secret')
    .example('providers show google')
    .action(
      withApp(session, async ({ app, out }, name: string) => {
        const provider = await app.identityProviders.find(name)
        const { console: _console, steps: _steps, ...addresses } = directionsFor(app, provider)
        const connections = await app.identityLinks.count(provider)
        const summary = { ...provider.summary(), ...addresses, connections }
        out.text(summary, inLines(summary))
      }),
    )

  providerOptions(providers.command('update <name>'))
    .description('change a provider; what is not named stays')
    .example(
      'providers update google --domain example.com --no-registration',
      'providers update apple --key-id K1L2M3N4O5 --client-secret-file new-key.p8',
      'providers update work --role-claim groups --role-map staff=editor --role-map admins=admin',
    )
    .action(withApp(session, updateProvider))

  providers
    .command('disable <name>')
    .description('let nobody sign in through a provider, also who is on the way; connections stay')
    .example('providers disable google')
    .action(
      withApp(session, async ({ app, out }, name: string) => {
        const provider = await app.identityProviders.disable(name, { by: operator })
        out.done(provider.summary(), `Nobody signs in through ${provider.title} any more. Who is connected stays so.`)
      }),
    )

  providers
    .command('enable <name>')
    .description('let people sign in through a provider again')
    .example('providers enable google')
    .action(
      withApp(session, async ({ app, out }, name: string) => {
        const provider = await app.identityProviders.enable(name, { by: operator })
        out.done(provider.summary(), `People sign in through ${provider.title} again.`)
      }),
    )

  providers
    .command('remove <name>')
    .description('remove a provider, and everybody’s connection to it')
    .option('--yes', 'do not ask')
    .example('providers remove google')
    .action(
      withApp(session, async ({ app, io, out }, name: string, options: { yes?: true }) => {
        const provider = await app.identityProviders.find(name)
        const connections = await app.identityLinks.count(provider)
        const loss = `Connected to it: ${connections}, for some maybe their only way in. `
        await confirm(io, `${connections > 0 ? loss : ''}Remove ${provider.title} (${name}) for good?`, options)
        await app.identityProviders.remove(name, { by: operator })
        out.done({ removed: name, connections }, `Removed ${provider.title}.`)
      }),
    )

  providers
    .command('preview <name>')
    .description('show what claims on standard input would become, and what would happen to whoever they name')
    .example('providers preview work < claims.json')
    .action(withApp(session, preview))

  providers
    .command('test <name>')
    .description('ask a provider what it says of itself, and tell whether it can be worked with; nobody has to sign in')
    .example('providers test google')
    .action(withApp(session, testProvider))
}
