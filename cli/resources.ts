import { operator } from '../src/base/actor.ts'
import type { ResourceScope } from '../src/clients/resource.ts'
import { confirm } from './prompts.ts'
import { changed, lifetime, NOTHING, orNull, repeated } from './values.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The APIs that take our access tokens. */
export function resourceCommands(program: Verb, session: Session): void {
  const resources = program.noun('resources', 'APIs that take access tokens')

  resources
    .command('add <uri>')
    .description('register an API by its resource indicator, the audience of its tokens')
    .requiredOption('--name <name>', 'what people know it as')
    .option('--scope <scope[=description]>', 'what may be asked for there, and how people read it; repeatable', scopes)
    .option('--access-token-ttl <duration>', 'life of its access tokens, or default', lifetime)
    .example('resources add https://api.example.com --name "Orders" --scope "orders:read=Read your orders"')
    .action(
      withApp(session, async ({ app, out }, id: string, { name, scope = [], accessTokenTtl = NOTHING }: AddOptions) => {
        const registration = { id, name, scopes: scope, accessTokenTtl: orNull(accessTokenTtl) }
        const resource = await app.resources.register(registration, { by: operator })
        out.record(resource.summary(), `Registered ${resource.name}.`)
      }),
    )

  resources
    .command('list')
    .description('list all APIs')
    .example('resources list')
    .action(
      withApp(session, async ({ app, out }) => {
        const summaries = (await app.resources.list()).map(resource => resource.summary())
        out.table(summaries, ['id', 'name', 'scopes', 'accessTokenTtl'], 'No API is registered.')
      }),
    )

  resources
    .command('show <uri>')
    .description('show an API')
    .example('resources show https://api.example.com')
    .action(withApp(session, async ({ app, out }, id: string) => out.record((await app.resources.find(id)).summary())))

  resources
    .command('update <uri>')
    .description('change an API; what is not named stays')
    .option('--name <name>', 'what people know it as')
    .option('--scope <scope[=description]>', 'these in place of those it has; repeatable', scopes)
    .option('--add-scope <scope[=description]>', 'one more, or described anew; repeatable', scopes)
    .option('--remove-scope <scope>', 'one less; repeatable', repeated)
    .option('--access-token-ttl <duration>', 'life of its access tokens, or default', lifetime)
    .example(
      'resources update https://api.example.com --access-token-ttl 2m',
      'resources update https://api.example.com --add-scope "orders:write=Change your orders"',
    )
    .action(
      withApp(session, async ({ app, out }, id: string, options: UpdateOptions) => {
        const { name, accessTokenTtl, scope: set, addScope: add, removeScope: remove } = options
        const scopes = changed((await app.resources.find(id)).scopes, { set, add, remove })
        const changes = {
          ...(name === undefined ? {} : { name }),
          ...(accessTokenTtl === undefined ? {} : { accessTokenTtl: orNull(accessTokenTtl) }),
          ...(scopes && { scopes }),
        }
        const resource = await app.resources.update(id, changes, { by: operator })
        out.record(resource.summary(), `Updated ${resource.name}.`)
      }),
    )

  resources
    .command('remove <uri>')
    .description('remove an API; no more tokens are made for it')
    .option('--yes', 'do not ask')
    .example('resources remove https://api.example.com')
    .action(
      withApp(session, async ({ app, io, out }, id: string, options: { yes?: true }) => {
        const resource = await app.resources.find(id)
        await confirm(io, `Remove ${resource.name} (${id}) for good?`, options)
        await app.resources.remove(id, { by: operator })
        out.done({ removed: id }, `Removed ${resource.name}.`)
      }),
    )
}

/** `orders:read=Read your orders`, several times. */
function scopes(text: string, before: ResourceScope[] = []): ResourceScope[] {
  const at = text.indexOf('=')
  const scope = at < 0 ? { name: text, description: '' } : { name: text.slice(0, at), description: text.slice(at + 1) }
  return [...before, scope]
}

interface AddOptions {
  name: string
  scope?: ResourceScope[]
  accessTokenTtl?: number | typeof NOTHING
}

interface UpdateOptions extends Partial<AddOptions> {
  addScope?: ResourceScope[]
  removeScope?: string[]
}
