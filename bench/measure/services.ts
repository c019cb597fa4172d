/**
 * Redis and PostgreSQL for a run: those of TEST_REDIS_URL and TEST_DATABASE_URL, or new ones on free loopback ports in a
 * temporary folder that is removed afterwards. Settings are the servers' defaults, except that Redis has no persistence.
 */
import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds, family, freePort, start, until } from './processes.ts'

export const stores = ['postgres', 'redis'] as const
type Store = (typeof stores)[number]

export interface Services {
  redis(database: number): string
  /** an empty database of that name, recreated if it exists */
  postgres(name: string): string
  /** CPU seconds so far; null if the server was not started here */
  redisCpu(): number | null
  postgresCpu(): number | null
  /** sends a signal to all processes of the server, which must have been started here */
  signal(store: Store, signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export async function startServices(): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const redis = process.env.TEST_REDIS_URL ? null : await startRedis(folder)
  const postgres = process.env.TEST_DATABASE_URL ? null : await startPostgres(folder)
  const redisUrl = process.env.TEST_REDIS_URL ?? redis?.url ?? ''
  const postgresUrl = process.env.TEST_DATABASE_URL ?? postgres?.url ?? ''
  const made: string[] = []
  return {
    redis: database => withPath(redisUrl, String(database)),
    postgres(name) {
      query(postgresUrl, `drop database if exists "${name}" with (force)`, `create database "${name}"`)
      made.push(name)
      return withPath(postgresUrl, name)
    },
    redisCpu: () => (redis ? cpuSeconds([redis.pid]) : null),
    postgresCpu: () => (postgres ? cpuSeconds(family(postgres.pid)) : null),
    signal(store, signal) {
      const server = store === 'redis' ? redis : postgres
      if (!server)
        throw new Error(`the ${store} server was not started by this run: unset TEST_REDIS_URL and TEST_DATABASE_URL`)
      for (const pid of family(server.pid)) process.kill(pid, signal)
    },
    async stop() {
      if (!postgres) query(postgresUrl, ...made.map(name => `drop database if exists "${name}" with (force)`))
      await Promise.all([redis?.stop(), postgres?.stop('SIGINT')])
    },
  }
}

async function startRedis(folder: string) {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const started = start('redis-server', args)
  await until('redis-server', started, () => accepts(port))
  return { ...started, url: `redis://127.0.0.1:${port}` }
}

async function startPostgres(folder: string) {
  const [data, port] = [join(folder, 'postgres'), await freePort()]
  const as = { cwd: folder, ...unprivileged() }
  if (as.uid != null && as.gid != null) chownSync(folder, as.uid, as.gid)
  execFileSync(tool('initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8'], { ...as, stdio: 'ignore' })
  const started = start(tool('postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], as)
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  await until('postgres', started, async () => query(url, 'select 1'))
  return { ...started, url }
}

/** PostgreSQL refuses to run as root; its package creates a user for it. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres']))
  return { uid: id('-u'), gid: id('-g') }
}

/** Debian keeps the server's programs in a folder per version, which is not on PATH. */
function tool(name: string) {
  const root = '/usr/lib/postgresql'
  const version = listed(root).sort((a, b) => Number(b) - Number(a))[0]
  return version == null ? name : join(root, version, 'bin', name)
}

function listed(folder: string) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function query(url: string, ...statements: string[]) {
  execFileSync('psql', [url, '-qtA', ...statements.flatMap(statement => ['-c', statement])], { stdio: 'pipe' })
  return true
}

function accepts(port: number) {
  return new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })
}

function withPath(url: string, path: string) {
  const changed = new URL(url)
  changed.pathname = `/${path}`
  return changed.href
}
