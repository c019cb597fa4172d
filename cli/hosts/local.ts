import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from '../../src/app.ts'
import { type Config, loadConfig, loadDotEnv } from '../../src/base/config.ts'
import { createLog } from '../../src/base/log.ts'
import { DataFolder } from '../../src/storage/database/data-folder.ts'
import type { Io } from '../kit/io.ts'
import type { AppOptions, Host, Session } from '../kit/session.ts'
import { DataFolderBusy, runThere } from './remote.ts'
import { type FromTerminal, type ToTerminal, Wire } from './wire.ts'

/** How long a command waits for another one that uses the embedded database, and when it starts to say so. */
const PATIENCE_MS = 30_000
const SILENCE_MS = 3_000
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
      return patiently(session.io, () => embedded(config, session, options, work))
    },
  }
}

/** Tries again while another command uses the embedded database. */
async function patiently(io: Io, attempt: () => Promise<number>): Promise<number> {
  const began = Date.now()
  for (let told = false; ; await pause(200)) {
    try {
      return await attempt()
    } catch (error) {
      const waited = Date.now() - began
      if (!(error instanceof DataFolderBusy) || waited > PATIENCE_MS) throw error
      if (!told && waited > SILENCE_MS) io.err(`gatehouse: waiting: ${error.message}\n`)
      told ||= waited > SILENCE_MS
    }
  }
}

async function embedded(config: Config, session: Session, options: AppOptions, work: Parameters<Host['use']>[2]) {
  const folder = await DataFolder.take(config.dataDir, sendAway(session.argv))
  if (folder instanceof Socket) return runThere(folder, session.argv, session.io)
  return withOwnApp(config, options, work).finally(() => folder.release())
}

async function withOwnApp(
  config: Config,
  { migrate, verbose }: AppOptions,
  work: Parameters<Host['use']>[2],
): Promise<number> {
  // Standard output holds the answer; the log of a short run matters only when something fails.
  const log = createLog(verbose ? 'debug' : 'error', 2)
  const app = await createApp(config, { log, migrate, lockTimeout: LOCK_SECONDS })
  try {
    await app.scope(() => work(app))
    return 0
  } finally {
    await app.close()
  }
}

/** Tells a caller that this process is only a command, and which one, without arguments that may be secret. */
function sendAway(argv: readonly string[]) {
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

/** The configuration of this folder and environment; `instead` holds variables that options override. */
export function loadHere(instead: NodeJS.ProcessEnv = {}, options: { createSecrets?: boolean } = {}): Config {
  loadDotEnv()
  return loadConfig(undefined, { ...options, instead })
}
