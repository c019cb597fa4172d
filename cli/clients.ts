import { Option } from 'commander'
import { operator } from '../src/base/actor.ts'
import { InvalidInput } from '../src/base/refusals.ts'
import { PROFILES, type Profile } from '../src/clients/client.ts'
import { REGISTERED_BY, type RegisteredBy } from '../src/clients/self-registration/registration-policy.ts'
import { handOver } from './clients/hand-over.ts'
import {
  type ClientOptions,
  clientOptions,
  type ListOptions,
  listOptions,
  registrationOf,
  updateOf,
} from './clients/options.ts'
import { previewVerb } from './clients/preview-claims.ts'
import { listPrograms, type ProgramOptions, programIn, registrationFor } from './clients/programs.ts'
import { secretCommands } from './clients/secrets.ts'
import { showClient } from './clients/show-client.ts'
import type { Verb } from './kit/verb.ts'

/** Applications that sign people in, or call APIs on their own behalf. */
export function clientCommands(program: Verb): void {
  const clients = program.noun('clients', 'Manage applications (OAuth clients)')

  clientOptions(
    clients
      .verb(
        'add [name]',
        'Register an application, and print the settings it needs',
        '"Wiki" --profile web --redirect-uri https://wiki.example.com/callback',
        '--for oauth2-proxy --url https://app.example.com',
        '"Shop" --profile spa --redirect-uri http://localhost:5173/callback --access-token-ttl 2m',
        '"Nightly report" --profile machine --scope reports:read',
      )
      .neverBare()
      .option('--for <program>', 'Register what this program needs, and print its configuration; see clients presets')
      .option('--url <url>', 'Address of the program, with --for')
      .addOption(new Option('--profile <profile>', 'Type of application; required without --for').choices(PROFILES))
      .option('--id <client_id>', 'Use this client_id instead of a generated one; a UUID is refused'),
  ).run(async (work, name: string | undefined, options: ClientOptions & ProgramOptions & { profile?: Profile }) => {
    const { for: _for, url: _url, ...given } = options
    const program = programIn(options)
    const registration = registrationFor(program, {
      ...(await registrationOf(work.io, given)),
      ...(name === undefined ? {} : { name }),
    })
    if (registration.profile === undefined)
      throw new InvalidInput({ profile: 'is required, or --for with the name of a program' })
    if (registration.name === undefined) throw new InvalidInput({ name: 'is required without --for' })
    const { name: title, profile } = registration
    const registered = await work.app.clients.register({ ...registration, name: title, profile }, { by: operator })
    handOver(work, registered, `Registered ${registered.client.name} (${registered.client.profile}).`, { program })
  })

  clients
    .verb('list', 'List applications, and who registered them', '--registered-by open', '--registration-token ci')
    .addOption(
      new Option('--registered-by <who>', 'Only those registered by operators, or by themselves in this way').choices(
        REGISTERED_BY,
      ),
    )
    .option('--registration-token <name>', 'Only those that registered themselves with this token')
    .run(async ({ app, out }, { registeredBy, registrationToken }: ListFilter) => {
      const all = registeredBy === undefined && registrationToken === undefined
      const nothing = all
        ? 'No applications registered. To register one: gatehouse clients add --help'
        : 'There are no such applications.'
      const columns = ['id', 'name', 'profile', 'redirectUris', 'registeredBy', 'registeredWith', 'warnings']
      const listed = await app.clients.list({ by: registeredBy, token: registrationToken })
      out.table(listed, [...columns, 'createdAt'], nothing)
    })

  clients
    .verb('show <client_id>', 'Show the registration of an application, without its secret', 'wiki')
    .run(async (work, id: string) => showClient(work, await work.app.clients.find(id)))

  listOptions(
    clientOptions(
      clients
        .verb(
          'update <client_id>',
          'Update an application; options that are left out keep their values',
          'wiki --add-redirect-uri https://wiki.example.com/callback',
          'wiki --access-token-ttl 2h --refresh-token-ttl 30d',
          'wiki --remove-scope email --logo-uri none',
          'wiki --add-claim "groups=roles only=wiki-* in=id_token,userinfo"',
        )
        .option('--name <name>', 'Name shown to people'),
    ),
  ).run(async (work, id: string, options: ClientOptions & ListOptions) => {
    const { clients } = work.app
    const changes = await updateOf(work.io, await clients.find(id), options)
    const client = await clients.update(id, changes, { by: operator })
    await showClient(work, client, `Updated ${client.name}.`)
  })

  previewVerb(clients)

  secretCommands(clients)

  clients
    .verb('adopt <client_id>', 'Manage an application that registered itself; it can no longer change itself', 'CLIENT')
    .run(async (work, id: string) => {
      const client = await work.app.clients.adopt(id, { by: operator })
      await showClient(work, client, `${client.name} is now managed by operators.`)
    })

  clients
    .verb('remove <client_id>', 'Remove an application; people can no longer sign in to it', 'wiki')
    .confirmed()
    .run(async ({ app, out, confirm }, id: string) => {
      const client = await app.clients.find(id)
      await confirm(`Remove ${client.name} (${id})?`)
      await app.clients.remove(id, { by: operator })
      out.done({ removed: id }, `Removed ${client.name}.`)
    })

  clients.verb('presets', 'List the programs that clients add --for knows').runPlain(listPrograms)
}

interface ListFilter {
  registeredBy?: RegisteredBy
  registrationToken?: string
}
