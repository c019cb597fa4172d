import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { gatehouse, Serving } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { freePort, workersOf } from '../support/programs.ts'
import { freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'

async function empty(t: ExecutionContext): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-workers-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return { DATA_DIR: join(folder, 'data'), PORT: String(await freePort()), PASSWORD_HASHING: 'm=64,t=1,p=1' }
}

test('several workers need PostgreSQL and Redis', async t => {
  const { code, stderr } = await gatehouse(['serve', '--workers', '2'], await empty(t))
  t.is(code, 6, stderr)
  t.regex(stderr, /DATABASE_URL: required when WORKERS is greater than 1/)
  t.regex(stderr, /REDIS_URL: required when WORKERS is greater than 1/)
})

test('an unreachable database is reported in one line', async t => {
  const env = {
    ...(await empty(t)),
    DATABASE_URL: 'postgresql://gatehouse:hunter2@127.0.0.1:1/gatehouse',
    REDIS_URL: 'redis://:hunter3@127.0.0.1:1',
    SECRET_KEYS,
    STARTUP_TIMEOUT: '0',
  }
  for (const args of [['serve'], ['serve', '--workers', '2'], ['accounts', 'list'], ['config', 'check']]) {
    const { code, stdout, stderr } = await gatehouse(args, env)
    t.is(code, args[0] === 'serve' ? 9 : 7, args.join(' '))
    t.regex(stdout + stderr, /storage is not reachable: PostgreSQL: connect ECONNREFUSED/)
    t.notRegex(stdout + stderr, /hunter|\n +at /)
  }
})

if (servers()) {
  const onServers = async (t: ExecutionContext) => {
    const [database, redis] = await Promise.all([freshDatabase({ empty: true }), freshRedis()])
    t.teardown(() => Promise.all([database.drop(), redis.drop()]))
    const PORT = String(await freePort())
    return { ...(await empty(t)), PORT, DATABASE_URL: database.url, REDIS_URL: redis.url, SECRET_KEYS }
  }

  test('F-7: with two workers a frozen one delays no request, a killed one is replaced, and all stop together', async t => {
    const env = await onServers(t)
    const serving = new Serving(env, ['--workers', '2'])
    t.teardown(() => serving.stop('SIGKILL'))
    await serving.printed(/Workers +2\n/)
    const ready = async () => (await fetch(`http://localhost:${env.PORT}/readyz`)).ok
    t.true(await ready())
    t.is((await gatehouse(['config', 'check'], env)).code, 0)

    const before = workersOf(serving.pid)
    t.is(before.length, 2)
    // A frozen worker, like one that is being killed, delays no connection.
    const stopped = Number(before[0])
    process.kill(stopped, 'SIGSTOP')
    const statuses = await Promise.all(Array.from({ length: 6 }, () => asked(env.PORT)))
    process.kill(stopped, 'SIGKILL')
    t.deepEqual(statuses, Array(6).fill(200))
    await serving.printed(/a worker has ended \(SIGKILL\); starting another/)
    t.true(await eventually(() => workersOf(serving.pid).length === 2))
    // A connection that the killed worker had is lost; the next one is not.
    t.true(await eventually(() => ready().catch(() => false)))

    t.is(await serving.stop('SIGTERM'), 0)
    t.deepEqual(workersOf(serving.pid), [])
  })

  test('no worker is started if none could listen', async t => {
    const env = await onServers(t)
    const elsewhere = { ...env, HOST: '203.0.113.1', PUBLIC_URL: 'https://id.example.com' }
    const { code, stderr } = await gatehouse(['serve', '--workers', '2'], elsewhere)
    t.is(code, 6)
    t.regex(stderr, /cannot listen: listen EADDRNOTAVAIL/)
    t.notRegex(stderr, /worker/)
  })
}

/** The status of a response over a new connection; 0 if there is none in time. */
function asked(port: string): Promise<number> {
  return new Promise(resolve => {
    const options = { host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: 60_000 }
    const request = get(options, answer => resolve(answer.resume().statusCode ?? 0))
    request.once('timeout', () => request.destroy()).once('error', () => resolve(0))
  })
}
