import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { unprivileged } from './postgres.ts'
import { findProgram, freePort } from './programs.ts'

export interface Pooler {
  /** The same database, through the pooler. */
  url: string
  stop(): Promise<void>
}

/** PgBouncer in transaction mode in front of a database; null if the machine has none. */
export async function startPgBouncer(databaseUrl: string): Promise<Pooler | null> {
  const program = findProgram('pgbouncer')
  if (program === null) return null
  const [folder, port] = [await mkdtemp(join(tmpdir(), 'gatehouse-pgbouncer-')), await freePort()]
  const behind = new URL(databaseUrl)
  const settings = [
    '[databases]',
    `* = host=${behind.hostname} port=${behind.port} user=${behind.username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'ignore_startup_parameters = extra_float_digits,statement_timeout,options',
  ]
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(file, settings.join('\n'))
  const as = await unprivileged()
  if (as) {
    await chown(folder, as.uid, as.gid)
    await chown(file, as.uid, as.gid)
  }
  const daemon = new Daemon(program, [file], { cwd: '/', as })
  await daemon.listening(port)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    async stop() {
      await daemon.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
