import { InvalidInput } from '../../src/base/refusals.ts'
import type { Client } from '../../src/clients/client.ts'
import type { ClientPreset } from '../../src/clients/presets/client-preset.ts'
import { CLIENT_PRESETS } from '../../src/clients/presets/client-presets.ts'
import {
  type FilledBlock,
  presetConfiguration,
  presetRegistration,
} from '../../src/clients/presets/preset-registration.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { usageError } from '../kit/failures.ts'
import { didYouMean } from '../kit/suggestions.ts'
import type { Work } from '../kit/verb.ts'

/** What `clients add` is told about the program that it registers. */
export interface ProgramOptions {
  for?: string
  url?: string
}

/** A program with its address, which is null for one on the person's own machine. */
export interface Program {
  preset: ClientPreset
  url: string | null
}

/** @throws CliError for an unknown program; InvalidInput where its URL is missing or needless */
export function programIn({ for: name, url }: ProgramOptions): Program | null {
  if (name === undefined && url === undefined) return null
  if (name === undefined) throw new InvalidInput({ url: 'is only possible with --for; a home page is set with --uri' })
  const preset = CLIENT_PRESETS.find(each => each.name === name) ?? unknown(name)
  if (preset.url === null && url !== undefined)
    throw new InvalidInput({ url: `is not possible: ${preset.title} has no address of its own` })
  if (preset.url !== null && url === undefined) {
    const { about, example } = preset.url
    throw new InvalidInput({ url: `is required for ${preset.title}: ${about}, such as ${example}` })
  }
  return { preset, url: url ?? null }
}

/** What the program needs, with the options that were given in place of it. */
export function registrationFor(
  program: Program | null,
  given: Partial<ClientRegistration>,
): Partial<ClientRegistration> {
  return program ? { ...presetRegistration(program.preset, program.url), ...given } : given
}

export function configurationFor(
  { preset, url }: Program,
  issuer: string,
  { client, secret }: { client: Client; secret: string | null },
): FilledBlock[] {
  return presetConfiguration(preset, url, { issuer, client, secret })
}

/** The configuration of a program, and what to look at first when it fails. */
export function toPasteInto({ preset }: Program, client: Client, blocks: readonly FilledBlock[]): string {
  const configuration = blocks.map(({ where, text }) => `${where}:\n\n${text}\n`).join('\n')
  const troubles = preset.troubles.slice(0, 2).map(({ symptom, remedy }) => `  ${symptom}\n    ${remedy}\n`)
  const advice = troubles
    .join('')
    .replaceAll('`', '')
    .replace(/(gatehouse clients \S+) ID\b/g, `$1 ${client.id}`)
  return `${configuration}\nIf it fails:\n\n${advice}`
}

export function listPrograms({ out }: Pick<Work, 'out'>): void {
  const programs = CLIENT_PRESETS.map(({ name, title, kind, profile, url, documentation, tested }) => {
    return { name, title, kind, profile, url: url?.about ?? null, documentation, tested }
  })
  out.table(programs, ['name', 'title', 'kind', 'profile', 'url'], '')
}

function unknown(name: string): never {
  const word = name.toLowerCase()
  const called = (fits: (known: string) => boolean) =>
    CLIENT_PRESETS.filter(({ name, title, aliases }) =>
      [name, title, ...aliases].some(known => fits(known.toLowerCase())),
    ).map(preset => preset.name)
  const exactly = called(known => known === word)
  const close = exactly.length > 0 ? exactly : called(known => known.includes(word))
  const hint = close.length > 0 ? `\n(Did you mean ${close.slice(0, 3).join(' or ')}?)` : undefined
  const known = CLIENT_PRESETS.map(preset => preset.name)
  throw usageError(
    `there is no preset for ${JSON.stringify(name)}${hint ?? didYouMean(name, known)}`,
    'For all programs, see: gatehouse clients presets. For any other, give a name, --profile and --redirect-uri.',
  )
}
