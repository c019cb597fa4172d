import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from '../src/app.ts'
import { type Config, loadConfig, loadDotEnv } from '../src/base/config.ts'
import { createLog } from '../src/base/log.ts'
import { DataFolder } from '../src/storage/data-folder.ts'
import type { Io } from './io.ts'
import { DataFolderBusy, runThere } from './remote.ts'
import { type FromTerminal, type ToTerminal, Wire } from './wire.ts'
import type { Host, Needs, Session } from './with-app.ts'

/** How long a command waits for another one that has the embedded database, and when it says so. */
const PATIENCE_MS = 30_000
const SILENCE_MS = 3_000
/** How long a command waits for another process that migrates. */
const LOCK_SECONDS = 10

/**
 * The host of a command in a process of its own. PostgreSQL takes any number of processes; the embedded database takes
 * one, so where a server has it, the server runs the command and this process lends it its terminal.
 */
export function localHost(): Host {
  return {
    serving: false,
    async use(session, needs, work) {
      const config = loadHere()
      if (config.databaseUrl) return withOwnApp(config, needs, work)
      return patiently(session.io, () => embedded(config, session, needs, work))
    },
  }
}

/** Tries again while another short command has the embedded database, which is over soon. */
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

async function embedded(config: Config, session: Session, needs: Needs, work: Parameters<Host['use']>[2]) {
  const folder = await DataFolder.take(config.dataDir, sendAway(session.argv))
  if (folder instanceof Socket) return runThere(folder, session.argv, session.io)
  return withOwnApp(config, needs, work).finally(() => folder.release())
}

async function withOwnApp(config: Config, needs: Needs, work: Parameters<Host['use']>[2]): Promise<number> {
  // Answers go to standard output; the log of a short run is of interest only when something is wrong.
  const log = createLog(needs.verbose ? 'debug' : 'error', 2)
  const app = await createApp(config, { log, migrate: needs.migrate, lockTimeout: LOCK_SECONDS })
  try {
    await app.scope(() => work(app))
    return 0
  } finally {
    await app.close()
  }
}

/** A short command answers nobody; it says what it is, without what may be secret in its arguments. */
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

/** The configuration of this folder and environment, some variables said otherwise by options. */
export function loadHere(instead: NodeJS.ProcessEnv = {}, options: { createSecrets?: boolean } = {}): Config {
  loadDotEnv()
  return loadConfig(undefined, { ...options, instead })
}
