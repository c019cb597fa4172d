import { normalizeEmail, parseEmail } from '../../src/accounts/email.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { withoutLastLineEnds } from '../../src/base/text/text-file.ts'
import { checkPassword } from '../../src/credentials/passwords/password-rules.ts'
import { usageError } from './failures.ts'
import { Interrupted, type Io } from './io.ts'

export interface PasswordOptions {
  passwordStdin?: true
  passwordFile?: string
  password?: string
}

/** The password that the options give, if any, without the line ends after it. */
export async function givenPassword(
  io: Io,
  { passwordStdin, passwordFile, password }: PasswordOptions,
  { production }: { production: boolean },
): Promise<string | null> {
  if ([passwordStdin, passwordFile, password].filter(given => given !== undefined).length > 1)
    throw usageError('--password-stdin, --password-file and --password exclude one another')
  if (password !== undefined && production)
    throw usageError(
      '--password is refused in production: it shows in the process list and stays in the shell history',
      'Leave it out to be asked, or give --password-file FILE or --password-stdin. Choose another password: this one was exposed.',
    )
  if (password !== undefined) {
    io.err(
      'gatehouse: warning: others on this machine can see a password on the command line; use --password-stdin or --password-file instead\n',
    )
    return password
  }
  if (!passwordStdin && passwordFile === undefined) return null
  const text = await io.read(passwordStdin ? 'stdin' : { path: passwordFile ?? '' })
  return withoutLastLineEnds(text)
}

/** A new password: as given, or asked for twice, and again until it is accepted. */
export async function newPassword(
  io: Io,
  options: PasswordOptions,
  email: string,
  { production }: { production: boolean },
): Promise<string> {
  const address = normalizeEmail(email)
  const given = await givenPassword(io, options, { production })
  if (given !== null) {
    checkPassword(given, address)
    return given
  }
  needTerminal(io, 'asking for a password', 'Give --password-stdin or --password-file FILE.')
  for (;;) {
    const password = await io.ask({ text: `New password for ${address}: `, hidden: true })
    const problem = problemOf(password, address)
    if (problem) io.err(`${problem}\n`)
    else if ((await io.ask({ text: 'Repeat it: ', hidden: true })) === password) return password
    else io.err('The passwords do not match. Try again.\n')
  }
}

function problemOf(password: string, email: string): string | null {
  try {
    checkPassword(password, email)
    return null
  } catch (error) {
    if (error instanceof InvalidInput) return error.message
    throw error
  }
}

/** @throws CliError where there is no terminal */
export function needTerminal(io: Io, what: string, advice: string): void {
  if (!io.interactive) throw usageError(`${what} needs a terminal`, advice)
}

/** @throws Interrupted where the answer is no */
export async function confirm(io: Io, question: string, { yes }: { yes?: true }): Promise<void> {
  const sure = (answer: string) => /^y(es)?$/i.test(answer.trim())
  await asked(io, { question, prompt: `${question} [y/N] `, sure, yes })
}

/** @throws Interrupted where another word is typed */
export async function confirmByTyping(io: Io, warning: string, word: string, { yes }: { yes?: true }): Promise<void> {
  const sure = (answer: string) => answer.trim().toLowerCase() === word || parseEmail(answer) === word
  await asked(io, { question: warning, prompt: `${warning} Type ${word} to confirm: `, sure, yes })
}

interface Confirmation {
  question: string
  prompt: string
  sure: (answer: string) => boolean
  yes: true | undefined
}

async function asked(io: Io, { question, prompt, sure, yes }: Confirmation): Promise<void> {
  if (yes) return
  if (!io.interactive) throw usageError(`${question} This needs a terminal (or --yes)`)
  if (!sure(await io.ask({ text: prompt }))) throw new Interrupted()
}
