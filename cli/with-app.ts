import type { Command } from 'commander'
import type { App } from '../src/app.ts'
import { InvalidInput } from '../src/base/refusals.ts'
import type { Io } from './io.ts'
import { inOptions } from './option-names.ts'
import { Output } from './output.ts'

/** One run of the command line. */
export interface Session {
  argv: readonly string[]
  io: Io
  host: Host
  exitCode: number
  /** Runs another command line in this process, as a server does for its operators. */
  run(argv: readonly string[], parts: { io: Io; host: Host }): Promise<number>
}

/** Where a run finds an App: it opens one, it asks the process that has one, or it runs inside that process. */
export interface Host {
  /** Whether this is the process of a running server. */
  serving: boolean
  /** @returns the exit code */
  use(session: Session, needs: Needs, work: (app: App) => Promise<void>): Promise<number>
}

export interface Needs {
  /** Whether the database is brought up to date first. */
  migrate: boolean
  verbose: boolean
}

/** What every command is given. */
export interface Work {
  app: App
  io: Io
  out: Output
  /** Whether it runs inside a server that answers requests. */
  serving: boolean
}

interface GlobalOptions {
  json?: true
  verbose?: true
}

/**
 * An action of commander around a command's work, which then begins with an App and ends with one answer. All of the
 * work, its questions too, happens in here: it may be another process that runs it.
 */
export function withApp<A extends unknown[]>(
  session: Session,
  work: (work: Work, ...args: A) => Promise<void>,
  { migrate = true }: { migrate?: boolean } = {},
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const { json = false, verbose = false } = globalOptions(args)
    const { io, host } = session
    const out = new Output(io, json)
    session.exitCode = await host.use(session, { migrate, verbose }, async app => {
      try {
        await work({ app, io, out, serving: host.serving }, ...(args as A))
      } catch (error) {
        throw error instanceof InvalidInput ? inOptions(error, args.at(-1) as Command) : error
      }
    })
  }
}

/** Those of the program, wherever in the line they stand. Commander passes the command as the last argument. */
export function globalOptions(args: readonly unknown[]): GlobalOptions {
  return (args.at(-1) as Command).optsWithGlobals<GlobalOptions>()
}
