import { Option } from 'commander'
import { type Effective, effectiveSettings, withoutCredentials } from '../src/base/config/effective.ts'
import { type Config, explainConfig, type Format } from '../src/base/config.ts'
import { type Services, triedServices } from './config/services.ts'
import { EXIT } from './exit-codes.ts'
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
      const nothing: Services = { answers: {}, encrypted: {}, warnings: [] }
      const { answers, encrypted, warnings } = offline ? nothing : await triedServices(effective)
      const failed = Object.values(answers).some(result => result !== 'ok')
      const all = [...effective.warnings, ...warnings]
      new Output(session.io, globalOptions(args).json === true).text(
        { ...shownOf(effective), warnings: all, services: answers, encrypted },
        inProse(effectiveSettings(), { answers, encrypted, warnings: all }),
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

/** For programs: all of it but the secrets. */
function shownOf(config: Config) {
  const { secretKeys, databaseUrl, redisUrl } = config
  return {
    ...config,
    databaseUrl: databaseUrl && withoutCredentials(databaseUrl),
    redisUrl: redisUrl && withoutCredentials(redisUrl),
    secretKeys: secretKeys.length > 0 ? `${secretKeys.length} (not shown)` : 'made at the first start',
  }
}

const BY_ORIGIN: Record<Effective['origin'], (value: string) => string> = {
  given: value => value,
  default: value => `${value} (default)`,
  otherwise: value => `not set: ${value}`,
}

/** For people: the variables group by group, in the notation that they are set in. */
function inProse(rows: Effective[], { answers, encrypted, warnings }: Services): string {
  const failed = Object.values(answers).some(result => result !== 'ok')
  const verdict = failed ? 'The configuration is complete, but not all of it answers.' : 'The configuration is good.'
  const groups = Map.groupBy(rows, row => row.group)
  const sections = [...groups].map(([group, of]) => {
    const lines = of.map(({ name, value, origin }) => [name, BY_ORIGIN[origin](value)] as const)
    return `${group}\n${aligned(lines)}`
  })
  const services = Object.entries(answers).map(
    ([name, result]) =>
      [name, result === 'ok' ? `answers, ${encrypted[name] ? 'encrypted' : 'not encrypted'}` : result] as const,
  )
  return [
    `${verdict}\n`,
    ...(warnings.length > 0 ? [`Please look at:\n${warnings.map(warning => `  - ${warning}\n`).join('')}`] : []),
    ...(services.length > 0 ? [`Services\n${aligned(services)}`] : []),
    ...sections,
  ].join('\n')
}
