import { Option } from 'commander'
import { operator } from '../src/base/actor.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../src/base/signing-algorithms.ts'
import {
  type ResourceScope,
  TOKEN_FORMATS,
  TOKEN_TYPES,
  type TokenFormat,
  type TokenType,
} from '../src/clients/resource.ts'
import { changed, defined, lifetime, repeated } from './kit/values.ts'
import type { Verb } from './kit/verb.ts'

/** The APIs that accept our access tokens. */
export function resourceCommands(program: Verb): void {
  const resources = program.noun('resources', 'Manage APIs that accept access tokens (resource servers)')

  resources
    .verb(
      'add <uri>',
      'Register an API by its resource indicator, which becomes the audience of its tokens',
      'https://api.example.com --name "Orders" --scope "orders:read=Read your orders"',
      'https://api.example.com --name "Orders" --scope orders:read --token-type JWT --token-alg RS256',
      'https://files.example.com --name "Files" --scope files:read --token-format opaque',
    )
    .requiredOption('--name <name>', 'Name shown to people')
    .option(
      '--scope <scope[=description]>',
      'Scope of this API, with the description shown to people; repeatable',
      scopes,
    )
    .option('--access-token-ttl <duration>', 'Lifetime of its access tokens, or default', lifetime)
    .addOption(
      new Option('--token-format <format>', 'Form of its access tokens; jwt by default').choices(TOKEN_FORMATS),
    )
    .addOption(
      new Option('--token-type <type>', 'Type (typ) of its access tokens; at+jwt by default').choices(TOKEN_TYPES),
    )
    .addOption(
      new Option('--token-alg <alg>', 'Signature of its access tokens; ES256 by default').choices(SIGNING_ALGORITHMS),
    )
    .option('--allow-self-registered', 'Also let applications that registered themselves ask people for access')
    .option('--scopes-by-role', 'Give people only the scopes that one of their roles allows; see roles allow')
    .option('--permissions-claim', 'Also list the scopes in the claim permissions of its access tokens, as an array')
    .run(async ({ app, out }, id: string, { scope = [], ...options }: AddOptions) => {
      const registration = { id, scopes: scope, ...options }
      const resource = await app.resources.register(registration, { by: operator })
      out.record(resource, `Registered ${resource.name}.`)
    })

  resources.verb('list', 'List all APIs').run(async ({ app, out }) => {
    out.table(
      await app.resources.list(),
      [
        'id',
        'name',
        'scopes',
        'accessTokenTtl',
        'tokenFormat',
        'tokenType',
        'tokenAlg',
        'allowSelfRegistered',
        'scopesByRole',
      ],
      'No APIs registered.',
    )
  })

  resources
    .verb('show <uri>', 'Show an API', 'https://api.example.com')
    .run(async ({ app, out }, id: string) => out.record(await app.resources.find(id)))

  resources
    .verb(
      'update <uri>',
      'Update an API; options that are left out keep their values',
      'https://api.example.com --access-token-ttl 2m',
      'https://api.example.com --add-scope "orders:write=Change your orders"',
    )
    .option('--name <name>', 'Name shown to people')
    .option('--scope <scope[=description]>', 'Replace all scopes with these; repeatable', scopes)
    .option('--add-scope <scope[=description]>', 'Add a scope, or change its description; repeatable', scopes)
    .option('--remove-scope <scope>', 'Remove a scope; repeatable', repeated)
    .option('--access-token-ttl <duration>', 'Lifetime of its access tokens, or default', lifetime)
    .addOption(
      new Option('--token-format <format>', 'Form of its access tokens; jwt by default').choices(TOKEN_FORMATS),
    )
    .addOption(
      new Option('--token-type <type>', 'Type (typ) of its access tokens; at+jwt by default').choices(TOKEN_TYPES),
    )
    .addOption(
      new Option('--token-alg <alg>', 'Signature of its access tokens; ES256 by default').choices(SIGNING_ALGORITHMS),
    )
    .option('--allow-self-registered', 'Also let applications that registered themselves ask people for access')
    .option('--no-allow-self-registered', 'Only let applications that an operator registered for it (the default)')
    .option('--scopes-by-role', 'Give people only the scopes that one of their roles allows; see roles allow')
    .option('--no-scopes-by-role', 'Give people all scopes that an application asks for (the default)')
    .option('--permissions-claim', 'Also list the scopes in the claim permissions of its access tokens, as an array')
    .option('--no-permissions-claim', 'List the scopes in the claim scope only (the default)')
    .run(async ({ app, out }, id: string, options: UpdateOptions) => {
      const { scope: set, addScope: add, removeScope: remove, ...others } = options
      const scopes = changed((await app.resources.find(id)).scopes, { set, add, remove })
      const resource = await app.resources.update(id, defined({ ...others, scopes }), { by: operator })
      out.record(resource, `Updated ${resource.name}.`)
    })

  resources
    .verb('remove <uri>', 'Remove an API; no more tokens are issued for it', 'https://api.example.com')
    .confirmed()
    .run(async ({ app, out, confirm }, id: string) => {
      const resource = await app.resources.find(id)
      await confirm(`Remove ${resource.name} (${id})?`)
      await app.resources.remove(id, { by: operator })
      out.done({ removed: id }, `Removed ${resource.name}.`)
    })
}

/** `orders:read=Read your orders`, repeatable. */
function scopes(text: string, before: ResourceScope[] = []): ResourceScope[] {
  const at = text.indexOf('=')
  const scope = at < 0 ? { name: text, description: '' } : { name: text.slice(0, at), description: text.slice(at + 1) }
  return [...before, scope]
}

interface AddOptions {
  name: string
  scope?: ResourceScope[]
  accessTokenTtl?: number | null
  tokenFormat?: TokenFormat
  tokenType?: TokenType
  tokenAlg?: SigningAlgorithm
  allowSelfRegistered?: boolean
  scopesByRole?: boolean
  permissionsClaim?: boolean
}

interface UpdateOptions extends Partial<AddOptions> {
  addScope?: ResourceScope[]
  removeScope?: string[]
}
