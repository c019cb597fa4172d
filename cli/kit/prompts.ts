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
    throw usageError('give only one of --password-stdin, --password-file and --password')
  if (password !== undefined && production)
    throw usageError(
      '--password is refused in production: it shows in the process list and stays in the shell history',
      'Leave it out to be prompted, or give --password-file FILE or --password-stdin. Choose another password: this one was exposed.',
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
    try {
      checkPassword(password, address)
      if ((await io.ask({ text: 'Repeat it: ', hidden: true })) === password) return password
      io.err('The passwords do not match. Try again.\n')
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      io.err(`${error.message}\n`)
    }
  }
}

/** @throws CliError where there is no terminal */
export function needTerminal(io: Io, what: string, advice: string): void {
  if (!io.interactive) throw usageError(`${what} needs a terminal`, advice)
}

/** Asks yes or no, or for `word` to be typed, unless --yes was given. @throws Interrupted where the answer is no */
export async function confirm(io: Io, { yes }: { yes?: true }, question: string, word?: string): Promise<void> {
  if (yes) return
  if (!io.interactive)
    throw usageError(`confirmation is required: ${question}`, 'To confirm without a terminal, give --yes.')
  const answer = (await io.ask({ text: `${question} ${word ? `Type ${word} to confirm:` : '[y/N]'} ` })).trim()
  const sure = word ? answer.toLowerCase() === word || parseEmail(answer) === word : /^y(es)?$/i.test(answer)
  if (!sure) throw new Interrupted()
}
