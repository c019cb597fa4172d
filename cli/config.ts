import { Option } from 'commander'
import { type Config, explainConfig, type Format } from '../src/base/config.ts'
import { announced, entities } from '../src/entities.ts'
import { Changes } from '../src/storage/changes.ts'
import { openDatabase } from '../src/storage/database.ts'
import { connectRedis } from '../src/storage/redis.ts'
import { EXIT } from './exit-codes.ts'
import { failureOf } from './failures.ts'
import { loadHere } from './local.ts'
import { aligned, Output } from './output.ts'
import type { Verb } from './verb.ts'
import { globalOptions, type Session } from './with-app.ts'

const FORMATS: Format[] = ['text', 'markdown', 'json', 'env']

/** The configuration: what is in effect here, and what there is to configure. */
export function configCommands(program: Verb, session: Session): void {
  const config = program.noun('config', 'environment variables and what they mean')

  config
    .command('check')
    .description('check the configuration, show what is in effect, and try the database and Redis; changes nothing')
    .option('--offline', 'try neither the database nor Redis')
    .example('config check', 'config check --offline')
    .action(async (...args: unknown[]) => {
      const [{ offline }] = args as [{ offline?: true }]
      const effective = loadHere({}, { createSecrets: false })
      const services = offline ? {} : await tried(effective)
      const failed = Object.values(services).some(result => result !== 'ok')
      const shown = shownOf(effective)
      const verdict = failed
        ? 'The configuration is complete, but not all of it answers.'
        : 'The configuration is good.'
      const lines = [...Object.entries(shown), ...Object.entries(services)]
      new Output(session.io, globalOptions(args).json === true).text(
        { ...shown, services },
        `${verdict}\n\n${aligned(lines)}`,
      )
      session.exitCode = failed ? EXIT.storage : EXIT.ok
    })

  config
    .command('explain')
    .description('explain every variable')
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).default('text'))
    .example('config explain', 'config explain --format env > .env')
    .action((...args: unknown[]) => {
      const [{ format }] = args as [{ format: Format }]
      session.io.out(explainConfig({ format: globalOptions(args).json ? 'json' : format }))
    })
}

/** All of it but the secrets. */
function shownOf(config: Config) {
  const { secretKeys, databaseUrl, redisUrl } = config
  return {
    ...config,
    databaseUrl: databaseUrl && withoutCredentials(databaseUrl),
    redisUrl: redisUrl && withoutCredentials(redisUrl),
    secretKeys: secretKeys.length > 0 ? `${secretKeys.length} (not shown)` : 'made at the first start',
  }
}

/** Addresses of several hosts are no URLs to Node; the last @ ends what may be secret. */
function withoutCredentials(address: string): string {
  return address.replace(/^([a-z+]+:\/\/).*@/i, '$1***@').replace(/\?.*$/, '?…')
}

async function tried({ databaseUrl, redisUrl, dataDir }: Config): Promise<Record<string, string>> {
  const [database, redis] = await Promise.all([
    databaseUrl && attempt(() => reachDatabase(databaseUrl, dataDir)),
    redisUrl && attempt(() => reachRedis(redisUrl)),
  ])
  return { ...(database && { database }), ...(redis && { redis }) }
}

async function attempt(work: () => Promise<void>): Promise<string> {
  try {
    await work()
    return 'ok'
  } catch (error) {
    return failureOf(error).message
  }
}

async function reachDatabase(databaseUrl: string, dataDir: string): Promise<void> {
  const database = await openDatabase({ databaseUrl, dataDir }, { entities, migrations: [], announced }, new Changes())
  await database.ping().finally(() => database.close())
}

async function reachRedis(redisUrl: string): Promise<void> {
  // What is wrong is told to onTrouble; the command itself only fails.
  let trouble = ''
  const redis = connectRedis(redisUrl, { onTrouble: message => (trouble = message) })
  try {
    await redis.ping()
  } catch (error) {
    throw trouble ? new Error(trouble) : error
  } finally {
    redis.disconnect()
  }
}
