import { normalizeEmail, parseEmail } from '../src/accounts/email.ts'
import { InvalidInput } from '../src/base/refusals.ts'
import { withoutLastLineEnds } from '../src/base/text-file.ts'
import { checkPassword } from '../src/credentials/password-rules.ts'
import { usageError } from './failures.ts'
import { Interrupted, type Io } from './io.ts'
import type { Verb } from './verb.ts'

export interface PasswordOptions {
  passwordStdin?: true
  passwordFile?: string
  password?: string
}

/** The options by which a command takes a password, for those who cannot be asked. */
export function passwordOptions(verb: Verb): Verb {
  return verb
    .option('--password-stdin', 'read the password from standard input')
    .option('--password-file <file>', 'read the password from a file')
    .option(
      '--password <value>',
      'the password itself; refused in production, where others could read it in the list of processes',
    )
}

/** The password that the options give, if they give one. Line ends after it are no part of it. */
export async function givenPassword(
  io: Io,
  options: PasswordOptions,
  { production }: { production: boolean },
): Promise<string | null> {
  const { passwordStdin, passwordFile, password } = options
  if ([passwordStdin, passwordFile, password].filter(given => given !== undefined).length > 1) {
    throw usageError('give the password one way only')
  }
  if (password !== undefined && production)
    throw usageError(
      '--password is refused in production: others can read it in the list of processes, and it stays in the history of the shell',
      'Leave it out to be asked, or give --password-file FILE or --password-stdin. Choose another password: this one was shown.',
    )
  if (password !== undefined) {
    io.err(
      'gatehouse: warning: others on this machine can see a password in the command line; --password-stdin and --password-file hide it\n',
    )
    return password
  }
  if (!passwordStdin && passwordFile === undefined) return null
  const text = await io.read(passwordStdin ? 'stdin' : { path: passwordFile ?? '' })
  return withoutLastLineEnds(text)
}

/** A new password: as given, or asked for twice, and again while it is refused. */
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
  if (!io.interactive) {
    throw usageError(
      'a password is needed, and nobody is here to be asked',
      'Give --password-stdin or --password-file FILE.',
    )
  }
  for (;;) {
    const password = await io.ask({ text: `New password for ${address}: `, hidden: true })
    const problem = problemOf(password, address)
    if (problem) io.err(`${problem}\n`)
    else if ((await io.ask({ text: 'The same again: ', hidden: true })) === password) return password
    else io.err('That was not the same. Once more:\n')
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

/** Before what takes a whole account away: the word has to be typed. @throws Interrupted where it is another one */
export async function confirmByTyping(io: Io, warning: string, word: string, { yes }: { yes?: true }): Promise<void> {
  if (yes) return
  if (!io.interactive) throw usageError(`${warning} Nobody is here to be asked`, 'Give --yes to do it without asking.')
  const typed = await io.ask({ text: `${warning} Type ${word} to do it: ` })
  if (typed.trim().toLowerCase() !== word && parseEmail(typed) !== word) throw new Interrupted()
}

/** Asks before what cannot be undone. Nobody there to ask means no. @throws Interrupted where the answer is no */
export async function confirm(io: Io, question: string, { yes }: { yes?: true }): Promise<void> {
  if (yes) return
  if (!io.interactive) throw usageError(`${question} Nobody is here to be asked`, 'Give --yes to do it without asking.')
  const answer = await io.ask({ text: `${question} [y/N] ` })
  if (!/^y(es)?$/i.test(answer.trim())) throw new Interrupted()
}
