import { Argument } from 'commander'
import { operator } from '../src/base/actor.ts'
import { KINDS, type Kind } from '../src/federation/providers/presets.ts'
import type { Verb } from './kit/verb.ts'
import { addProvider, updateProvider } from './providers/add.ts'
import { onceOptions, providerOptions } from './providers/options.ts'
import { preview } from './providers/preview.ts'
import { directionsFor, listKinds, showKind, testProvider } from './providers/registration-instructions.ts'

/** Upstream providers: Google and other providers that people can sign in with. */
export function providerCommands(program: Verb): void {
  const providers = program.noun('providers', 'Manage upstream providers that people can sign in with')
  const kind = () => new Argument('<kind>', 'Provider or protocol').choices(KINDS)

  providerOptions(
    onceOptions(
      providers
        .verb(
          'add',
          'Add an upstream provider, and print how to register Gatehouse with it',
          'google --client-id 1234-abc.apps.googleusercontent.com --client-secret-file secret.txt',
          'microsoft --tenant 00000000-1111-2222-3333-444444444444 --domain example.com --profile always',
          'apple --client-id com.example.id --team-id A1B2C3D4E5 --key-id F6G7H8I9J0 --client-secret-file key.p8',
          'oidc --name work --title "Example SSO" --issuer https://sso.example.com --role-claim groups --role-map staff=editor',
        )
        .addArgument(kind()),
    ),
  ).run(addProvider)

  providers
    .verb('kinds', 'List the kinds of providers, or show how to register Gatehouse with one', 'apple')
    .addArgument(kind().argOptional())
    .run((work, kind?: Kind) => (kind ? showKind(work, kind) : listKinds(work)))

  providers.verb('list', 'List all providers, in the order of the sign-in page').run(async ({ app, out }) => {
    const nothing = 'No upstream providers. To add one: gatehouse providers add --help'
    out.table(await app.identityProviders.list(), ['name', 'kind', 'title', 'enabled', 'clientId', 'position'], nothing)
  })

  providers
    .verb('show <name>', 'Show a provider, without its client secret', 'google')
    .run(async ({ app, out }, name: string) => {
      const provider = await app.identityProviders.find(name)
      const { console: _console, steps: _steps, ...addresses } = directionsFor(app, provider)
      const connections = await app.identityLinks.count(provider)
      out.record({ ...provider.summary(), ...addresses, connections })
    })

  providerOptions(
    providers.verb(
      'update <name>',
      'Update a provider; options that are left out keep their values',
      'google --domain example.com --no-registration',
      'apple --key-id K1L2M3N4O5 --client-secret-file new-key.p8',
      'work --role-claim groups --role-map staff=editor --role-map admins=admin',
    ),
  ).run(updateProvider)

  providers
    .verb('disable <name>', 'Disable sign-in with a provider at once; connected accounts stay connected', 'google')
    .run(async ({ app, out }, name: string) => {
      const provider = await app.identityProviders.disable(name, { by: operator })
      out.done(provider, `Sign-in with ${provider.title} is disabled. Connected accounts stay connected.`)
    })

  providers
    .verb('enable <name>', 'Enable sign-in with a provider again', 'google')
    .run(async ({ app, out }, name: string) => {
      const provider = await app.identityProviders.enable(name, { by: operator })
      out.done(provider, `Sign-in with ${provider.title} is enabled.`)
    })

  providers
    .verb('remove <name>', "Remove a provider, and everyone's connection to it", 'google')
    .confirmed()
    .run(async ({ app, out, confirm }, name: string) => {
      const provider = await app.identityProviders.find(name)
      const connections = await app.identityLinks.count(provider)
      const loss = `Connected accounts: ${connections}; for some it may be the only way to sign in. `
      await confirm(`${connections > 0 ? loss : ''}Remove ${provider.title} (${name})?`)
      await app.identityProviders.remove(name, { by: operator })
      out.done({ removed: name, connections }, `Removed ${provider.title}.`)
    })

  providers
    .verb(
      'preview <name>',
      'Preview what Gatehouse would do with claims given on standard input; changes nothing',
      'work < claims.json',
    )
    .run(preview)

  providers
    .verb('test <name>', 'Test whether a provider is reachable and configured correctly, without signing in', 'google')
    .run(testProvider)
}
