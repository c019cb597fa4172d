import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { FaultyNetwork } from '../storage/faulty-network.ts'
import { gatehouse, Serving } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { administer, onDatabase } from '../support/postgres.ts'
import { freePort, workersOf } from '../support/programs.ts'
import { freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'

if (servers()) {
  test('F-6: a server that cannot start says why, with the documented exit code', async t => {
    const database = await freshDatabase()
    t.teardown(() => database.drop())
    const env = { DATABASE_URL: database.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1' }
    const refused = async (args: string[], instead: Record<string, string>, exit: number, said: RegExp) => {
      const { code, stdout, stderr } = await gatehouse(args, { ...env, ...instead })
      t.is(code, exit, stderr)
      t.regex(stderr, said)
      t.notRegex(stdout + stderr, /should not happen|\n +at /)
    }

    const missing = onDatabase(database.url, 'no_such_database')
    await refused(['migrate', 'up'], { DATABASE_URL: missing }, 7, /database "no_such_database" does not exist/)

    t.is((await gatehouse(['keys', 'list'], env)).code, 0)
    await administer(database.url, "insert into migration (name, executed_at) values ('9999-later', now())")
    await refused(['migrate', 'up'], {}, 7, /schema is newer than this release \(it has 9999-later\)/)
    await administer(database.url, "delete from migration where name in ('9999-later', '0001-initial-schema')")
    await refused(['migrate', 'up'], {}, 7, /schema is incomplete.* \(.*"account" already exists\)/)
  })

  test('F-6: a key missing from SECRET_KEYS is reported as a configuration error', async t => {
    const database = await freshDatabase()
    t.teardown(() => database.drop())
    const env = { DATABASE_URL: database.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1' }
    t.is((await gatehouse(['keys', 'rotate', '--now'], env)).code, 0)
    const { code, stderr } = await gatehouse(['serve', '--port', String(await freePort())], {
      ...env,
      SECRET_KEYS: 'another key for tests alone: 9876543210zyx',
    })
    t.is(code, 6, stderr)
    t.regex(stderr, /sealed with a key that SECRET_KEYS no longer lists\nSECRET_KEYS must list every key/)
    t.notRegex(stderr, /should not happen/)
  })

  test('F-6: a store that does not answer is waited for until STARTUP_TIMEOUT, with a message', async t => {
    const silent = new FaultyNetwork()
    const address = await silent.listen()
    const database = await freshDatabase()
    t.teardown(() => Promise.all([silent.close(), database.drop()]))
    const env = { SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1', DATABASE_CONNECT_TIMEOUT: '1s', STARTUP_TIMEOUT: '5s' }
    const stores = {
      PostgreSQL: { DATABASE_URL: `postgresql://gatehouse:hunter2@${address}/gatehouse` },
      Redis: { DATABASE_URL: database.url, REDIS_URL: `redis://:hunter3@${address}` },
    }
    await Promise.all(
      Object.entries(stores).map(async ([store, urls]) => {
        const PORT = String(await freePort())
        const { code, stdout, stderr } = await gatehouse(['serve'], { ...env, ...urls, PORT })
        t.is(code, 9, stderr)
        const waiting = stdout.split('\n').filter(line => line.includes(`"msg":"waiting for ${store}"`))
        t.is(waiting.length, 1, stdout)
        t.regex(waiting[0]!, /"reason":"\w.+","secondsLeft":[1-4],/)
        t.regex(stderr, new RegExp(`storage is not reachable: ${store}: .+\\(waited 5 s\\)`))
        t.notRegex(stdout + stderr, /hunter|should not happen|\n +at /)
      }),
    )
    const command = await gatehouse(['accounts', 'list'], { ...env, ...stores.PostgreSQL })
    t.is(command.code, 7, 'other commands do not wait')
    t.notRegex(command.stdout + command.stderr, /waiting/)
  })

  test('F-6: a signal ends a process that waits for a store, with workers too', async t => {
    const silent = new FaultyNetwork()
    const address = await silent.listen()
    t.teardown(() => silent.close())
    const DATABASE_URL = `postgresql://gatehouse@${address}/gatehouse`
    const env = { DATABASE_URL, REDIS_URL: `redis://${address}`, SECRET_KEYS, DATABASE_CONNECT_TIMEOUT: '60s' }
    for (const [signal, workers] of [
      ['SIGTERM', '1'],
      ['SIGINT', '2'],
    ] as const) {
      const serving = new Serving({ ...env, PORT: String(await freePort()) }, ['--workers', workers])
      t.teardown(() => serving.stop('SIGKILL'))
      await serving.printed(/waiting for Redis/)
      // At the end of STARTUP_TIMEOUT it would be 9.
      t.is(await serving.stop(signal), 0, serving.output)
    }
  })

  test('F-6: a database that answers late is used, and a worker that fails later says why', async t => {
    const [database, redis] = await Promise.all([freshDatabase(), freshRedis()])
    const { hostname, port } = new URL(database.url)
    const network = new FaultyNetwork({ host: hostname, port: Number(port) })
    const DATABASE_URL = database.url.replace(`${hostname}:${port}`, await network.listen())
    network.cut()
    t.teardown(async () => {
      await network.close()
      await Promise.all([database.drop(), redis.drop()])
    })
    const PORT = String(await freePort())
    const env = { DATABASE_URL, REDIS_URL: redis.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1', PORT }
    const serving = new Serving({ ...env, STARTUP_TIMEOUT: '3s' }, ['--workers', '2'])
    t.teardown(() => serving.stop('SIGKILL'))
    await serving.printed(/waiting for PostgreSQL/)
    network.mend()
    await serving.printed(/Workers +2\n/)
    t.is(serving.output.match(/waiting for PostgreSQL/g)?.length, 1, 'one process waits for all')
    t.regex(serving.output, /the stores are reachable/)

    network.cut()
    const killed = new Set<string>()
    const kill = () => {
      for (const worker of workersOf(serving.pid)) {
        killed.add(worker)
        killIfRunning(Number(worker))
      }
    }
    kill()
    await serving.printed(
      /a worker has ended \(storage is not reachable: PostgreSQL: .+ \(waited 3 s\).+starting another/,
    )
    t.true(await eventually(() => kill() === undefined && !serving.running))
    t.regex(serving.output, /workers keep failing \(.+\); giving up\n$/)
    t.true(killed.size <= 2 + 5, 'restarts are delayed more and more, and end')
  })

  test('F-6: an error that would affect every worker is reported once, before they start', async t => {
    const [database, redis] = await Promise.all([freshDatabase(), freshRedis()])
    const views = await mkdtemp(join(tmpdir(), 'gatehouse-views-'))
    await writeFile(join(views, 'home.eta'), '<% if ( %>')
    t.teardown(async () => {
      await Promise.all([database.drop(), redis.drop(), rm(views, { recursive: true })])
    })
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1' }
    const { code, stderr } = await gatehouse(['serve', '--workers', '2'], {
      ...env,
      VIEWS_DIR: views,
      PORT: String(await freePort()),
    })
    t.is(code, 6, stderr)
    t.is(stderr.match(/home\.eta is not a template/g)?.length, 1)
    t.notRegex(stderr, /worker/)
  })
}

/** A worker may end by itself after it was listed. */
function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
