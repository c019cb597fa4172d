import { Option } from 'commander'
import { type Effective, effectiveSettings, withoutCredentials } from '../src/base/config/effective.ts'
import { type Config, explainConfig, type Format } from '../src/base/config.ts'
import type { Services } from './config/services.ts'
import { loadHere } from './hosts/local.ts'
import { EXIT } from './kit/exit-codes.ts'
import { aligned } from './kit/output.ts'
import type { Verb } from './kit/verb.ts'

const FORMATS: Format[] = ['text', 'markdown', 'json', 'env']

/** Shows the settings in effect, and explains all settings. */
export function configCommands(program: Verb): void {
  const config = program.noun('config', 'Check and explain the settings (environment variables)')

  config
    .verb(
      'check',
      'Check the settings, show the values in effect, and test the database and Redis; changes nothing',
      '--offline',
    )
    .option('--offline', 'Do not connect to the database or Redis')
    .runPlain(async ({ out, session }, { offline }: { offline?: true }) => {
      const effective = loadHere({}, { createSecrets: false })
      const { triedServices } = await import('./config/services.ts')
      const nothing: Services = { answers: {}, encrypted: {}, warnings: [] }
      const { answers, encrypted, warnings } = offline ? nothing : await triedServices(effective)
      const all = [...effective.warnings, ...warnings]
      out.text(
        { ...shownOf(effective), warnings: all, services: answers, encrypted },
        asText(effectiveSettings(), { answers, encrypted, warnings: all }),
      )
      session.exitCode = Object.values(answers).some(failed) ? EXIT.storage : EXIT.ok
    })

  config
    .verb('explain', 'Explain every setting', '--format env > .env')
    .addOption(new Option('--format <format>', 'Output format').choices(FORMATS).default('text'))
    .runPlain(({ io, out }, { format }: { format: Format }) =>
      io.out(explainConfig({ format: out.json ? 'json' : format })),
    )
}

const failed = (answer: string) => answer !== 'ok'

/** For programs: everything but the secrets. */
function shownOf(config: Config) {
  const { secretKeys, databaseUrl, redisUrl } = config
  return {
    ...config,
    databaseUrl: databaseUrl && withoutCredentials(databaseUrl),
    redisUrl: redisUrl && withoutCredentials(redisUrl),
    secretKeys: secretKeys.length > 0 ? `${secretKeys.length} (not shown)` : 'generated at first start',
  }
}

const BY_ORIGIN: Record<Effective['origin'], (value: string) => string> = {
  given: value => value,
  default: value => `${value} (default)`,
  otherwise: value => `not set: ${value}`,
}

/** For people: the settings group by group, in the notation they are set in. */
function asText(rows: Effective[], { answers, encrypted, warnings }: Services): string {
  const down = Object.values(answers).some(failed)
  const verdict = down ? 'The configuration is valid, but a service failed.' : 'The configuration is valid.'
  const groups = Map.groupBy(rows, row => row.group)
  const sections = [...groups].map(([group, of]) => {
    const lines = of.map(({ name, value, origin }) => [name, BY_ORIGIN[origin](value)] as const)
    return `${group}\n${aligned(lines)}`
  })
  const services = Object.entries(answers).map(
    ([name, result]) =>
      [name, failed(result) ? result : `ok, ${encrypted[name] ? 'encrypted' : 'not encrypted'}`] as const,
  )
  return [
    `${verdict}\n`,
    ...(warnings.length > 0 ? [`Warnings\n${warnings.map(warning => `  - ${warning}\n`).join('')}`] : []),
    ...(services.length > 0 ? [`Services\n${aligned(services)}`] : []),
    ...sections,
  ].join('\n')
}
