import type { App } from '../../src/app.ts'
import type { Io } from './io.ts'

/** One run of the command line. */
export interface Session {
  argv: readonly string[]
  io: Io
  host: Host
  exitCode: number
  /** Runs another command line in this process, as a server does for its operators. */
  run(argv: readonly string[], parts: { io: Io; host: Host }): Promise<number>
}

/** Where a command gets its App: it opens one, asks the process that has one, or runs inside that process. */
export interface Host {
  /** Whether this is the process of a running server. */
  serving: boolean
  /** @returns the exit code */
  use(session: Session, options: AppOptions, work: AppWork): Promise<number>
}

export type AppWork = (app: App) => Promise<void>

export interface AppOptions {
  /** Whether to migrate the database first. */
  migrate: boolean
  verbose: boolean
}

/** The global options of a command line that may turn out to be invalid. */
export function globalOptionsIn(argv: readonly string[]): { json: boolean; verbose: boolean } {
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const json = options.includes('--json') || options.includes('--jsonl')
  return { json, verbose: options.includes('--verbose') }
}
