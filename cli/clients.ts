import { Option } from 'commander'
import { operator } from '../src/base/actor.ts'
import { InvalidInput } from '../src/base/refusals.ts'
import { claimText } from '../src/clients/claims/claim-text.ts'
import { type Client, PROFILES, type Profile } from '../src/clients/client.ts'
import { REGISTERED_BY, type RegisteredBy } from '../src/clients/self-registration/registration-policy.ts'
import {
  type ClientOptions,
  clientOptions,
  type ListOptions,
  listOptions,
  registrationOf,
  updateOf,
} from './clients/options.ts'
import { previewVerb } from './clients/preview-claims.ts'
import {
  configurationFor,
  listPrograms,
  type Program,
  type ProgramOptions,
  programIn,
  registrationFor,
  toPasteInto,
} from './clients/programs.ts'
import type { Output } from './kit/output.ts'
import type { Verb, Work } from './kit/verb.ts'

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
    handOver(work, registered, `Registered ${registered.client.name} (${registered.client.profile}).`, program)
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
    .run(async ({ app, out }, id: string) => showClient(out, await app.clients.find(id)))

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
  ).run(async ({ app, io, out }, id: string, options: ClientOptions & ListOptions) => {
    const changes = await updateOf(io, await app.clients.find(id), options)
    const client = await app.clients.update(id, changes, { by: operator })
    showClient(out, client, `Updated ${client.name}.`)
  })

  previewVerb(clients)

  clients
    .verb('rotate-secret <client_id>', 'Replace the client secret; the old one stops working at once', 'wiki')
    .run(async (work, id: string) => {
      const rotated = await work.app.clients.rotateSecret(id, { by: operator })
      handOver(work, rotated, `${rotated.client.name} has a new secret.`)
    })

  clients
    .verb('adopt <client_id>', 'Manage an application that registered itself; it can no longer change itself', 'CLIENT')
    .run(async ({ app, out }, id: string) => {
      const client = await app.clients.adopt(id, { by: operator })
      showClient(out, client, `${client.name} is now managed by operators.`)
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

/** For people, claims are in the form in which they are given (`--claim`). */
function showClient(out: Output, client: Client, heading?: string): void {
  out.record(out.json ? client : { ...client.summary(), claims: client.claims.map(claimText) }, heading)
}

/** Prints the settings of a client with its secret, on standard output alone. It is the only time the secret is shown. */
function handOver(
  { app, out }: Work,
  { client, secret }: { client: Client; secret: string | null },
  heading: string,
  program: Program | null = null,
): void {
  const { issuer } = app.config
  const once = secret === null ? '' : '\nThe secret is shown only once.'
  const configuration = program && configurationFor(program, issuer, { client, secret })
  const settings =
    program && configuration ? toPasteInto(program, client, configuration) : `${toPaste(client, secret, issuer)}\n`
  const summary = {
    ...{ ...client.summary(), issuer },
    ...(secret === null ? {} : { secret }),
    ...(program ? { preset: program.preset.name, configuration } : {}),
  }
  const warnings = client.warnings.map(warning => `\nIt is registered with ${warning}; see docs/security.md.`).join('')
  out.text(summary, `${heading}${once}${warnings}\n\n${settings}`)
}

/** The settings an application needs, ready to paste: environment variables, and for a machine a token request. */
function toPaste(client: Client, secret: string | null, issuer: string): string {
  const lines = {
    ISSUER: issuer,
    CLIENT_ID: client.id,
    ...(secret === null ? {} : { CLIENT_SECRET: secret }),
    ...(client.redirectUris[0] === undefined ? {} : { REDIRECT_URI: client.redirectUris[0] }),
  }
  const variables = Object.entries(lines).map(([name, value]) => `${name}=${quoted(value)}`)
  return [...variables, ...(client.profile === 'machine' ? ['', ...request(client)] : [])].join('\n')
}

/** The secret is taken from the environment: a typed one would stay in the shell history. */
function request(client: Client): string[] {
  const credentials = {
    client_secret_basic: '-u "$CLIENT_ID:$CLIENT_SECRET"',
    client_secret_post: '-d client_id="$CLIENT_ID" -d client_secret="$CLIENT_SECRET"',
  }[client.tokenEndpointAuthMethod]
  if (!credentials) return []
  const scope = client.scopes.length > 0 ? ` --data-urlencode scope=${quoted(client.scopes.join(' '))}` : ''
  return [`curl "$ISSUER/token" ${credentials} -d grant_type=client_credentials${scope}`]
}

/** Works in a shell and in a .env file. */
function quoted(text: string): string {
  return /^[\w.,:/@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
