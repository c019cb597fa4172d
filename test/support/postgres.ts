import { execFile } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { MikroORM } from '@mikro-orm/postgresql'
import { Daemon, type User } from './daemon.ts'
import { findProgram, freePort } from './programs.ts'

const run = promisify(execFile)

/** Test data needs no durability, which costs time. */
const WITHOUT_DURABILITY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=1000']

export interface PostgresServer {
  /** The address of a database; its user is a superuser, and can create others. */
  url: string
  /** For people: `PostgreSQL 17`. */
  name: string
  stop(): Promise<void>
}

/** Makes a self-signed certificate for 127.0.0.1 and localhost in a folder. */
export async function selfSigned(folder: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', ['req', ...kind, ...subject, '-out', certificate, '-keyout', key])
  return { certificate, key }
}

/**
 * Starts a PostgreSQL in a folder; null if the machine has none.
 * @param tls files of a certificate and its key; connections without TLS are then refused
 */
export async function startPostgres(
  folder: string,
  { tls }: { tls?: { certificate: string; key: string } } = {},
): Promise<PostgresServer | null> {
  const postgres = findProgram('postgres')
  if (postgres === null) return null
  const data = join(folder, 'postgres')
  const as = await unprivileged()
  await mkdir(data, { mode: 0o700 })
  if (as) await chown(data, as.uid, as.gid)
  const init = ['--pgdata', data, '--username', 'gatehouse', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C']
  await run(join(dirname(postgres), 'initdb'), [...init, '--no-sync'], { cwd: '/', ...as })

  if (tls) {
    await writeFile(join(data, 'pg_hba.conf'), 'hostssl all all all trust\n')
    // PostgreSQL refuses a key that others could read.
    await copyFile(tls.key, join(data, 'server.key'))
    await chmod(join(data, 'server.key'), 0o600)
    if (as) await chown(join(data, 'server.key'), as.uid, as.gid)
  }
  const port = await freePort()
  const encrypted = tls ? ['ssl=on', `ssl_cert_file=${tls.certificate}`, 'ssl_key_file=server.key'] : []
  const settings = [
    ...encrypted,
    ...WITHOUT_DURABILITY,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `port=${port}`,
  ]
  const daemon = new Daemon(postgres, ['-D', data, ...settings.flatMap(one => ['-c', one])], { cwd: '/', as })
  await daemon.listening(port)
  const { stdout } = await run(postgres, ['--version'])
  return {
    url: `postgresql://gatehouse@127.0.0.1:${port}/postgres`,
    name: `PostgreSQL ${/\d+/.exec(stdout)?.[0]}`,
    // The "immediate" shutdown: there is nothing to save.
    stop: () => daemon.stop('SIGQUIT'),
  }
}

/** PostgreSQL and PgBouncer refuse to run as root, so root runs them as a user without privileges. */
export async function unprivileged(): Promise<User | null> {
  if (process.getuid?.() !== 0) return null
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  const account = ['postgres', 'nobody'].map(name => accounts.find(([login]) => login === name)).find(Boolean)
  if (account === undefined) throw new Error('PostgreSQL cannot run as root, and there is no user postgres or nobody')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

/** Runs statements that cannot run in a transaction, such as CREATE DATABASE. */
export async function administer(url: string, ...statements: string[]): Promise<void> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
  })
  try {
    for (const statement of statements) await orm.em.getConnection().execute(statement)
  } finally {
    await orm.close()
  }
}

/** The same server, another database. */
export function onDatabase(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}
