import { Option } from 'commander'
import { operator } from '../src/base/actor.ts'
import { type Client, PROFILES, type Profile } from '../src/clients/client.ts'
import {
  type ClientOptions,
  clientOptions,
  type ListOptions,
  listOptions,
  registrationOf,
  updateOf,
} from './clients/options.ts'
import { toPaste } from './clients/paste.ts'
import type { Output } from './output.ts'
import { confirm } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

const COLUMNS = ['id', 'name', 'profile', 'redirectUris', 'createdAt']

/** The applications that people sign in to, or that call APIs in their own name. */
export function clientCommands(program: Verb, session: Session): void {
  const clients = program.noun('clients', 'applications that sign people in')

  const add = clients
    .command('add <name>')
    .description('register an application, and print what to configure it with')
    .addOption(new Option('--profile <profile>', 'what kind it is').choices(PROFILES).makeOptionMandatory())
    .option('--id <client_id>', 'its client_id, if it must be a certain one; not a UUID, which could be an account')
  clientOptions(add)
    .example(
      'clients add "Wiki" --profile web --redirect-uri https://wiki.example.com/callback',
      'clients add "Shop" --profile spa --redirect-uri http://localhost:5173/callback --access-token-ttl 2m',
      'clients add "Nightly report" --profile machine --scope reports:read',
    )
    .action(
      withApp(
        session,
        async ({ app, io, out }, name: string, options: ClientOptions & { id?: string; profile: Profile }) => {
          const said = await registrationOf(io, options)
          const { id, profile } = options
          const registration = { ...said, name, profile, ...(id === undefined ? {} : { id }) }
          const { client, secret } = await app.clients.register(registration, { by: operator })
          handOver(out, { client, secret, issuer: app.config.issuer }, `Registered ${client.name} (${client.profile}).`)
        },
      ),
    )

  clients
    .command('list')
    .description('list all applications')
    .example('clients list')
    .action(
      withApp(session, async ({ app, out }) => {
        const summaries = (await app.clients.list()).map(client => client.summary())
        out.table(summaries, COLUMNS, 'No application is registered. To register one: gatehouse clients add --help')
      }),
    )

  clients
    .command('show <client_id>')
    .description('show all that is registered of an application, but for its secret')
    .example('clients show wiki')
    .action(withApp(session, async ({ app, out }, id: string) => out.record((await app.clients.find(id)).summary())))

  const update = clients
    .command('update <client_id>')
    .description('change what is registered; what is not named stays')
    .option('--name <name>', 'what people know it as')
  listOptions(clientOptions(update))
    .example(
      'clients update wiki --add-redirect-uri https://wiki.example.com/callback',
      'clients update wiki --access-token-ttl 2h --refresh-token-ttl 30d',
      'clients update wiki --remove-scope email --logo-uri none',
    )
    .action(
      withApp(
        session,
        async ({ app, io, out }, id: string, options: ClientOptions & ListOptions & { name?: string }) => {
          const changes = await updateOf(io, await app.clients.find(id), options)
          const named = options.name === undefined ? changes : { ...changes, name: options.name }
          const client = await app.clients.update(id, named, { by: operator })
          out.record(client.summary(), `Updated ${client.name}.`)
        },
      ),
    )

  clients
    .command('rotate-secret <client_id>')
    .description('make a new secret; the old one stops working at once')
    .example('clients rotate-secret wiki')
    .action(
      withApp(session, async ({ app, out }, id: string) => {
        const { client, secret } = await app.clients.rotateSecret(id, { by: operator })
        handOver(out, { client, secret, issuer: app.config.issuer }, `${client.name} has a new secret.`)
      }),
    )

  clients
    .command('remove <client_id>')
    .description('remove an application; nobody can sign in to it any more')
    .option('--yes', 'do not ask')
    .example('clients remove wiki', 'clients remove wiki --yes')
    .action(
      withApp(session, async ({ app, io, out }, id: string, options: { yes?: true }) => {
        const client = await app.clients.find(id)
        await confirm(io, `Remove ${client.name} (${id}) for good?`, options)
        await app.clients.remove(id, { by: operator })
        out.done({ removed: id }, `Removed ${client.name}.`)
      }),
    )
}

/** The one time that a secret is shown, on standard output and nowhere else. */
function handOver(
  out: Output,
  { client, secret, issuer }: { client: Client; secret: string | null; issuer: string },
  heading: string,
): void {
  const once = secret === null ? '' : '\nThe secret is shown this once. '
  out.text(
    { ...client.summary(), issuer, ...(secret === null ? {} : { secret }) },
    `${heading}${once ? once.trimEnd() : ''}\n\n${toPaste(client, secret, issuer)}\n`,
  )
}
