import type { Preset } from '../../src/federation/providers/preset.ts'
import type { Kind } from '../../src/federation/providers/presets.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import { needTerminal } from '../kit/prompts.ts'

/** From a file or standard input; never from the command line, where others on this machine can see it. */
export async function secretIn(io: Io, file: string): Promise<string> {
  return (await io.read(file === '-' ? 'stdin' : { path: file })).trim()
}

/** The secret of a new provider: from the given file, or asked for. Null where none is needed and none was given. */
export async function newSecret(io: Io, file: string | undefined, preset: Preset): Promise<string | null> {
  if (file !== undefined) return secretIn(io, file)
  const { secretOptional, authentication } = preset
  if (!io.interactive && secretOptional) return null
  needTerminal(io, 'asking for the client secret', 'Give --client-secret-file FILE, or - for standard input.')
  if (authentication === 'signed') return secretIn(io, await asked(io, 'File with the private key (.p8): '))
  if (secretOptional)
    return (await io.ask({ text: 'Client secret (leave empty for none): ', hidden: true })).trim() || null
  return asked(io, 'Client secret: ', { hidden: true })
}

export async function newClientId(io: Io, given: string | undefined, kind: Kind): Promise<string> {
  if (given !== undefined) return given
  needTerminal(io, 'asking for the client ID', `Give --client-id. To find it, see: gatehouse providers kinds ${kind}`)
  return asked(io, 'Client ID: ')
}

/** The further settings of the preset, such as a tenant. */
export async function newSettings(
  io: Io,
  given: Readonly<Record<string, string>>,
  { settings }: Preset,
): Promise<Record<string, string>> {
  const known = { ...given }
  for (const [name, { about }] of Object.entries(settings)) {
    if (known[name] !== undefined) continue
    if (!io.interactive) throw usageError(`--${name} is required: ${about}`)
    known[name] = await asked(io, `${name} (${about}): `)
  }
  return known
}

async function asked(io: Io, text: string, { hidden = false } = {}): Promise<string> {
  for (;;) {
    const answer = (await io.ask({ text, hidden })).trim()
    if (answer) return answer
  }
}
