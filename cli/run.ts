import { CommanderError } from 'commander'
import { EXIT } from './kit/exit-codes.ts'
import { type Failure, failureOf } from './kit/failures.ts'
import type { Io } from './kit/io.ts'
import { globalOptionsIn, type Host, type Session } from './kit/session.ts'
import { createProgram } from './program.ts'

/** Runs one command line. @returns the exit code; never rejects, and never ends the process */
export async function run(argv: readonly string[], { io, host }: { io: Io; host: Host }): Promise<number> {
  const session: Session = { argv, io, host, exitCode: EXIT.ok, run }
  try {
    await createProgram(session).parseAsync([...argv], { from: 'user' })
    return session.exitCode
  } catch (error) {
    // Help and version are not failures. Commander has already printed its own errors, unless --json was given.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const failure = failureOf(error)
    const { json, verbose } = globalOptionsIn(argv)
    if (json) io.err(`${JSON.stringify({ error: { ...failure, message: withoutPrefix(failure.message) } })}\n`)
    else if (!(error instanceof CommanderError)) print(io, failure)
    if (verbose && error instanceof Error) io.err(`${error.stack}\n`)
    return failure.exit
  }
}

function print(io: Io, { message, advice }: Failure): void {
  const apart = message.includes('\n') ? '\n' : ''
  io.err(`gatehouse: ${message}\n${advice ? `${apart}${advice}\n` : ''}`)
}

const withoutPrefix = (message: string) => message.replace(/^error: /, '')
