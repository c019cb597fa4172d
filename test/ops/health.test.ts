import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { administer } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

const READY = { status: 'ready', checks: { database: 'ok', artifacts: 'ok', keys: 'ok' } }
/** The response if these checks failed, each with its reason. */
const notReady = (reasons: Record<string, string>) => ({
  status: 'not ready',
  checks: { ...READY.checks, ...Object.fromEntries(Object.keys(reasons).map(name => [name, 'failed'])) },
  failures: Object.fromEntries(Object.entries(reasons).map(([name, reason]) => [name, { reason }])),
})

async function ask({ url }: Gatehouse, path = '/readyz') {
  const response = await fetch(url + path)
  return { status: response.status, cache: response.headers.get('cache-control'), body: await response.json() }
}

const ready = async (gatehouse: Gatehouse) => (await ask(gatehouse)).status === 200

const usual = await startGatehouse()
test.after.always(() => usual.stop())

test.serial('a started process is alive and ready, and the responses are not cached', async t => {
  t.deepEqual(await ask(usual), { status: 200, cache: 'no-store', body: READY })
  t.deepEqual(await ask(usual, '/healthz'), { status: 200, cache: 'no-store', body: { status: 'ok' } })
})

test.serial('the health paths have no other spellings that a proxy might let through', async t => {
  for (const path of ['/healthz/', '/readyz/', '/readyz/x', '/healthz/../readyz/', '/readyz//'])
    t.is((await fetch(usual.url + path)).status, 404, path)
})

test.serial('a process without a signing key is not ready', async t => {
  await usual.app.em.fork().execute('delete from signing_key')
  t.like(await ask(usual), { status: 503, body: notReady({ keys: 'no current signing key' }) })
  await usual.app.scope(() => usual.app.keys.ensure())
  t.true(await ready(usual))
})

test('the health checks respond below the path of the public URL and reveal no details', async t => {
  const gatehouse = await startGatehouse({ env: { PUBLIC_URL: 'http://localhost:1/id' } })
  t.teardown(() => gatehouse.stop())
  const { url } = await gatehouse.another()
  t.deepEqual(await (await fetch(`${url}/id/readyz`)).json(), READY)
})

test('F-9: a process whose clock differs from the clock of the database reports the difference and stays ready', async t => {
  const clock = new MovingClock()
  const gatehouse = await startGatehouse({ clock })
  t.teardown(() => gatehouse.stop())
  t.deepEqual((await ask(gatehouse)).body, READY)
  clock.advance(300)
  const { status, body } = await ask(gatehouse)
  t.is(status, 200)
  const { warnings } = body as { warnings: Record<string, { reason: string }> }
  t.regex(
    warnings['clock of the database']?.reason ?? '',
    /^the clock of the database is (300|299\.\d|29\d(\.\d)?) s behind the clock of this machine$/,
  )
  clock.advance(-300)
  t.deepEqual((await ask(gatehouse)).body, READY)
})

if (servers()) {
  test('while the database is unavailable, a process is alive but not ready, and then becomes ready again', async t => {
    const gatehouse = await startGatehouse()
    t.teardown(() => gatehouse.stop())
    const database = new URL(gatehouse.app.config.databaseUrl!).pathname.slice(1)
    await administer(
      servers()!.databaseUrl,
      `alter database ${database} allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    )
    const { status, body } = await ask(gatehouse)
    t.is(status, 503)
    t.like(body, notReady({ database: 'cannot be reached', keys: 'cannot be reached' }))
    t.is((await ask(gatehouse, '/healthz')).status, 200)

    await administer(servers()!.databaseUrl, `alter database ${database} allow_connections true`)
    t.true(await eventually(() => ready(gatehouse)))
    t.true(await eventually(() => gatehouse.app.changes.receiving))
  })

  test('F-11: the readiness check has its own connection and does not wait for the connection pool', async t => {
    const gatehouse = await startGatehouse({ env: { DATABASE_CONNECTIONS: '2', DATABASE_QUEUE: '20' } })
    t.teardown(() => gatehouse.stop())
    const { em } = gatehouse.app
    const { promise: released, resolve: end } = Promise.withResolvers<void>()
    const held = [1, 2].map(() => {
      const begun = Promise.withResolvers<void>()
      const done = em.fork().transactional(async inner => {
        await inner.execute('select 1')
        begun.resolve()
        await released
      })
      return { begun: begun.promise, done }
    })
    t.teardown(end)
    await Promise.all(held.map(({ begun }) => begun))
    const waiting = em.fork().execute('select 1')
    t.deepEqual((await ask(gatehouse)).body, READY)
    end()
    await Promise.all([waiting, ...held.map(({ done }) => done)])
  })

  test('without Redis a process is alive but not ready', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-health-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const redis = await startRedis(folder)
    const gatehouse = await startGatehouse({ env: { REDIS_URL: redis!.url } })
    t.teardown(() => gatehouse.stop())
    t.true(await ready(gatehouse))
    await redis!.stop()
    t.like(await ask(gatehouse), { status: 503, body: notReady({ artifacts: 'cannot be reached' }) })
    t.is((await ask(gatehouse, '/healthz')).status, 200)
    await t.throwsAsync(startGatehouse({ env: { REDIS_URL: redis!.url } }), { instanceOf: StoreUnavailable })
  })
} else {
  test.serial(
    'while the database does not respond, a process is alive but not ready, and then becomes ready again',
    async t => {
      const { promise: answer, resolve } = Promise.withResolvers<void>()
      // The embedded database has one connection, so a transaction blocks all other statements.
      const holding = usual.app.em.fork().transactional(async em => {
        await em.execute('select 1')
        await answer
      })
      const late = 'no answer in time'
      t.like(await ask(usual), { status: 503, body: notReady({ database: late, artifacts: late, keys: late }) })
      t.is((await ask(usual, '/healthz')).status, 200)
      resolve()
      await holding
      t.true(await ready(usual))
    },
  )
}
