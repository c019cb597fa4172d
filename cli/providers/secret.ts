import type { Preset } from '../../src/federation/preset.ts'
import { usageError } from '../failures.ts'
import type { Io } from '../io.ts'

const NOBODY = 'and nobody is here to be asked'

/** From a file or standard input; never on the command line, where others on this machine see it. */
export async function secretIn(io: Io, file: string): Promise<string> {
  return (await io.read(file === '-' ? 'stdin' : { path: file })).trim()
}

/** The secret of a new provider: from where the options say, or asked for. Null where none is needed, or none was given. */
export async function newSecret(io: Io, file: string | undefined, preset: Preset): Promise<string | null> {
  if (file !== undefined) return secretIn(io, file)
  const { secretOptional, authentication } = preset
  if (!io.interactive) {
    if (secretOptional) return null
    throw usageError(`a client secret is needed, ${NOBODY}`, 'Give --client-secret-file FILE, or - for standard input.')
  }
  if (authentication === 'signed') return secretIn(io, await asked(io, 'The file with the private key (.p8): '))
  if (secretOptional) return (await io.ask({ text: 'Client secret (empty: none): ', hidden: true })).trim() || null
  return asked(io, 'Client secret: ', { hidden: true })
}

export async function newClientId(io: Io, given: string | undefined, { kind }: Preset): Promise<string> {
  if (given !== undefined) return given
  if (!io.interactive)
    throw usageError(
      `a client ID is needed, ${NOBODY}`,
      `Where it comes from is told by: gatehouse providers kinds ${kind}`,
    )
  return asked(io, 'Client ID: ')
}

/** What the preset wants to know beside, such as a tenant. */
export async function newSettings(
  io: Io,
  given: Readonly<Record<string, string>>,
  { settings }: Preset,
): Promise<Record<string, string>> {
  const known = { ...given }
  for (const [name, { about }] of Object.entries(settings)) {
    if (known[name] !== undefined) continue
    if (!io.interactive) throw usageError(`--${name} is needed: ${about}`)
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
