import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import anyTest, { type TestFn } from 'ava'
import { entities, notifications } from '../../src/entities.ts'
import { Changes } from '../../src/storage/change-feed/changes.ts'
import { openDatabase } from '../../src/storage/database/database.ts'
import { gatehouse } from '../support/command.ts'
import { A_KEY } from '../support/configuration.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { type PostgresServer, selfSigned, startPostgres } from '../support/postgres.ts'
import { servers } from '../support/servers.ts'

const test = anyTest as TestFn<{ folder: string; postgres: PostgresServer; certificate: string }>

/** Shows which parts of an address took effect. */
const FACTS = `select concat_ws(' ', current_user, current_database(), current_setting('application_name'),
  current_setting('search_path'), (select ssl from pg_stat_ssl where pid = pg_backend_pid())) as facts`

if (servers()) {
  test.before(async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-address-'))
    // PostgreSQL runs as another user.
    await chmod(folder, 0o755)
    const own = await selfSigned(folder)
    t.context = { folder, postgres: (await startPostgres(folder, { tls: own }))!, certificate: own.certificate }
  })

  test.after.always(async t => {
    await t.context.postgres?.stop()
    await rm(t.context.folder, { recursive: true, force: true })
  })

  test('Q-01: DATABASE_URL means the same to Gatehouse as to psql', async t => {
    const { folder, postgres, certificate } = t.context
    const stranger = join(folder, 'stranger')
    await mkdir(stranger)
    const { certificate: another } = await selfSigned(stranger)
    const { host, port } = new URL(postgres.url)
    const root = `sslrootcert=${encodeURIComponent(certificate)}`
    const plain = new URL(servers()!.databaseUrl)
    const addresses = [
      postgres.url,
      `${postgres.url}?sslmode=disable`,
      `${postgres.url}?sslmode=prefer`,
      `${postgres.url}?sslmode=require`,
      `${postgres.url}?sslmode=nonsense`,
      `${postgres.url}?sslmode=verify-full&${root}`,
      `${postgres.url}?sslmode=verify-ca&${root}`,
      `${postgres.url}?sslmode=require&sslrootcert=${encodeURIComponent(another)}`,
      `${postgres.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(another)}`,
      `${postgres.url}?application_name=sign-in&options=-c%20search_path%3Dpg_catalog`,
      `${postgres.url}?nonsense=1`,
      `${postgres.url}?connect_timeout=2&keepalives=1&target_session_attrs=any`,
      `postgres://gate%68ouse@${host}/postgres`,
      `postgresql://nobody@${host}/nowhere?user=gatehouse&dbname=postgres`,
      `postgresql:///postgres?host=127.0.0.1&port=${port}&user=gatehouse`,
      `postgresql://no-such-user@${host}/postgres`,
      `postgresql://gatehouse@${host}/no-such-database`,
      plain.href,
      `${plain.href}?sslmode=require`,
      `${plain.href}?sslmode=prefer`,
    ]
    for (const address of addresses) {
      const [ours, theirs] = [await byGatehouse(address), await byPsql(address)]
      t.is(ours, theirs, address)
    }
  })

  test('Q-01: the pool, the queue and the listener use TLS if DATABASE_URL asks for it', async t => {
    const { postgres } = t.context
    const env = { DATABASE_URL: `${postgres.url}?sslmode=require`, REDIS_URL: '' }
    const started = await startGatehouse({ env })
    t.teardown(() => started.stop())
    const connections = await started.app.em.getConnection().execute<{ ssl: boolean; query: string }[]>(
      `select ssl, query from pg_stat_activity join pg_stat_ssl using (pid)
       where backend_type = 'client backend' and datname = current_database()`,
    )
    t.true(connections.length >= 3, JSON.stringify(connections))
    t.true(connections.some(({ query }) => /^listen/i.test(query)))
    t.deepEqual(
      connections.filter(({ ssl }) => !ssl),
      [],
    )
  })

  test('Q-01: config check reports whether the connection is encrypted', async t => {
    const { databaseUrl, redisUrl } = servers()!
    const check = (DATABASE_URL: string, ...options: string[]) =>
      gatehouse(['config', 'check', ...options], { DATABASE_URL, REDIS_URL: redisUrl, SECRET_KEYS: A_KEY })
    const { stdout, code } = await check(t.context.postgres.url)
    t.is(code, 0, stdout)
    t.regex(stdout, /^ *database +ok, encrypted$/m)
    t.regex(stdout, /^ *redis +ok, not encrypted$/m)
    const plain = await check(databaseUrl, '--json')
    t.deepEqual(JSON.parse(plain.stdout).encrypted, { database: false, redis: false })
    t.like(JSON.parse((await check(`${databaseUrl}?sslmode=require`, '--json')).stdout), {
      encrypted: { redis: false },
    })
    t.is((await check(`${databaseUrl}?sslmode=require`)).code, 7)
  })
}

/** What the server reports about a connection of psql; null if it cannot connect. */
async function byPsql(address: string): Promise<string | null> {
  // No parameter comes from elsewhere; both set the same application name.
  const env = { PATH: process.env.PATH, PGAPPNAME: 'gatehouse', PGCONNECT_TIMEOUT: '5', HOME: '/nonexistent' }
  const asked = promisify(execFile)('psql', [address, '--no-psqlrc', '--no-password', '-Atc', FACTS], { env })
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  )
}

async function byGatehouse(databaseUrl: string): Promise<string | null> {
  try {
    const database = await openDatabase(
      { databaseUrl, dataDir: '' },
      { entities, migrations: [], notifications },
      new Changes(),
    )
    try {
      const [row] = await database.em.getConnection().execute<{ facts: string }[]>(FACTS)
      return row!.facts
    } finally {
      await database.close()
    }
  } catch {
    return null
  }
}
