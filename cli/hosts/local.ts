import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, loadConfig, loadDotEnv } from '../../src/base/config.ts'
import { DataFolder } from '../../src/storage/database/data-folder.ts'
import type { Io } from '../kit/io.ts'
import type { AppOptions, AppWork, Host, Session } from '../kit/session.ts'
import { DataFolderBusy, runInOwner } from './remote.ts'
import { type FromTerminal, type ToTerminal, Wire } from './wire.ts'

/** How long a command waits for another one that uses the embedded database, and after how long it says so. */
const LONGEST_WAIT_MS = 60_000
const NOTICE_AFTER_MS = 3_000
/** How long a command waits for a migration in another process. */
const LOCK_SECONDS = 10

/**
 * The host of a command in a process of its own. PostgreSQL serves any number of processes; the embedded database only
 * one, so while a server uses it, the server runs the command and this process provides the terminal.
 */
export function localHost(): Host {
  return {
    serving: false,
    async use(session, options, work) {
      const config = loadHere()
      if (config.databaseUrl) return withOwnApp(config, options, work)
      return retryWhileBusy(session.io, () => embedded(config, session, options, work))
    },
  }
}

/** Tries again while another command uses the embedded database. */
async function retryWhileBusy(io: Io, attempt: () => Promise<number>): Promise<number> {
  const began = Date.now()
  for (let noticed = false; ; await pause(200)) {
    try {
      return await attempt()
    } catch (error) {
      const waited = Date.now() - began
      if (!(error instanceof DataFolderBusy) || waited > LONGEST_WAIT_MS) throw error
      if (!noticed && waited > NOTICE_AFTER_MS) io.err(`gatehouse: waiting: ${error.message}\n`)
      noticed ||= waited > NOTICE_AFTER_MS
    }
  }
}

async function embedded(config: Config, session: Session, options: AppOptions, work: AppWork) {
  const folder = await DataFolder.take(config.dataDir, refuse(session.argv))
  if (folder instanceof Socket) return runInOwner(folder, session.argv, session.io)
  return withOwnApp(config, options, work).finally(() => folder.release())
}

async function withOwnApp(config: Config, { migrate, verbose }: AppOptions, work: AppWork): Promise<number> {
  // Standard output holds the answer; the log of a short run matters only when something fails.
  const [{ createApp }, { createLog }] = await Promise.all([
    import('../../src/app.ts'),
    import('../../src/base/log.ts'),
  ])
  const log = createLog(verbose ? 'debug' : 'error', 2)
  const app = await createApp(config, { log, migrate, lockTimeout: LOCK_SECONDS })
  try {
    await app.scope(() => work(app))
    return 0
  } finally {
    await app.close()
  }
}

/** Answers other processes that this one only runs a command, and which one, without arguments that may be secret. */
function refuse(argv: readonly string[]) {
  const doing = argv
    .slice(0, 2)
    .filter(word => /^[a-z][a-z-]*$/.test(word))
    .join(' ')
  return (caller: Socket) => {
    const wire = new Wire<ToTerminal, FromTerminal>(caller)
    wire.send({ busy: { pid: process.pid, doing } })
    wire.end()
  }
}

/** The configuration of this folder and environment; `overrides` are variables that options set instead. */
export function loadHere(overrides: NodeJS.ProcessEnv = {}, options: { createSecrets?: boolean } = {}): Config {
  loadDotEnv()
  return loadConfig(undefined, { ...options, instead: overrides })
}
