import { CommanderError } from 'commander'
import { asked } from './asked.ts'
import { EXIT } from './exit-codes.ts'
import { type Failure, failureOf } from './failures.ts'
import type { Io } from './io.ts'
import { createProgram } from './program.ts'
import type { Host, Session } from './with-app.ts'

/** Runs one command line. @returns the exit code; never rejects, and never ends the process */
export async function run(argv: readonly string[], { io, host }: { io: Io; host: Host }): Promise<number> {
  const session: Session = { argv, io, host, exitCode: EXIT.ok, run }
  try {
    await createProgram(session).parseAsync([...argv], { from: 'user' })
    return session.exitCode
  } catch (error) {
    // Help and version are no failure; of its own failures commander has told already, unless programs listen.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const failure = failureOf(error)
    const { json, verbose } = asked(argv)
    if (json) io.err(`${JSON.stringify({ error: { ...failure, message: withoutPrefix(failure.message) } })}\n`)
    else if (!(error instanceof CommanderError)) tell(io, failure)
    if (verbose && error instanceof Error) io.err(`${error.stack}\n`)
    return failure.exit
  }
}

function tell(io: Io, { message, advice }: Failure): void {
  const apart = message.includes('\n') ? '\n' : ''
  io.err(`gatehouse: ${message}\n${advice ? `${apart}${advice}\n` : ''}`)
}

const withoutPrefix = (message: string) => message.replace(/^error: /, '')
