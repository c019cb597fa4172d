import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { administer, onDatabase, startPostgres } from '../support/postgres.ts'
import { startRedis, startRedisCluster } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

interface Body {
  status: string
  checks: Record<string, string>
  failures?: Record<string, { reason: string; since: string }>
}

async function ask({ url }: Gatehouse): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: (await response.json()) as Body }
}

/** The process is not ready for this reason since the fault, keeps reporting the same time, and is ready once it is mended. */
async function notReadyUntil(
  t: ExecutionContext,
  gatehouse: Gatehouse,
  { part, reason, mend }: { part: string; reason: string | RegExp; mend: () => Promise<unknown> },
): Promise<void> {
  const before = Date.now() - 1_000
  t.true(await eventually(async () => (await ask(gatehouse)).status === 503))
  const { body } = await ask(gatehouse)
  t.is(body.checks[part], 'failed')
  const failure = body.failures?.[part]
  if (typeof reason === 'string') t.is(failure?.reason, reason)
  else t.regex(failure?.reason ?? '', reason)
  const since = Date.parse(failure?.since ?? '')
  t.true(since >= before && since <= Date.now(), failure?.since)
  t.is((await ask(gatehouse)).body.failures?.[part]?.since, failure?.since)
  t.notRegex(JSON.stringify(body), /127\.0\.0\.1|gatehouse|test_|password/, 'no internal details')
  await mend()
  t.true(await eventually(async () => (await ask(gatehouse)).status === 200))
  t.is((await ask(gatehouse)).body.failures, undefined)
}

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-readiness-'))
  chmodSync(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Mounts a small disk; false if this machine does not allow it. */
function smallDisk(t: ExecutionContext, folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0777', 'tmpfs', folder], { stdio: 'ignore' })
    t.teardown(() => execFileSync('umount', ['--lazy', folder]))
    return true
  } catch {
    return false
  }
}

if (servers()) {
  test('F-3: the process is not ready while Redis is out of memory', async t => {
    const redis = await startRedis(await folderOf(t))
    t.teardown(() => redis?.stop())
    const gatehouse = await startGatehouse({ env: { REDIS_URL: redis!.url } })
    t.teardown(() => gatehouse.stop())
    t.is((await ask(gatehouse)).status, 200)
    const operator = new Redis(redis!.url)
    t.teardown(() => operator.disconnect())
    await operator.config('SET', 'maxmemory', '1mb', 'maxmemory-policy', 'noeviction')
    await operator.set('filler', Buffer.alloc(1_000)).catch(() => {})
    await notReadyUntil(t, gatehouse, {
      part: 'artifacts',
      reason: 'out of memory',
      mend: () => operator.config('SET', 'maxmemory', '0'),
    })
  })

  test('F-3: the process is not ready while Redis is a read-only replica', async t => {
    const redis = await startRedis(await folderOf(t))
    t.teardown(() => redis?.stop())
    const gatehouse = await startGatehouse({ env: { REDIS_URL: redis!.url } })
    t.teardown(() => gatehouse.stop())
    const operator = new Redis(redis!.url)
    t.teardown(() => operator.disconnect())
    await operator.replicaof('127.0.0.1', 1)
    await notReadyUntil(t, gatehouse, {
      part: 'artifacts',
      reason: 'read-only',
      mend: () => operator.replicaof('NO', 'ONE'),
    })
  })

  test('F-3: the process is not ready while a third of the Redis Cluster is unavailable', async t => {
    const cluster = await startRedisCluster(await folderOf(t))
    t.teardown(() => cluster?.stop())
    const [, first = ''] = /redis\+cluster:\/\/([^,]+)/.exec(cluster!.url) ?? []
    const operator = new Redis(`redis://${first}`)
    t.teardown(() => operator.disconnect())
    // The other two thirds keep answering, as some operators prefer.
    const nodes = cluster!.url.replace('redis+cluster://', '').split(',')
    for (const node of nodes) {
      const one = new Redis(`redis://${node}`)
      await one.config('SET', 'cluster-require-full-coverage', 'no')
      one.disconnect()
    }
    const gatehouse = await startGatehouse({ env: { REDIS_URL: cluster!.url } })
    t.teardown(() => gatehouse.stop())
    t.is((await ask(gatehouse)).status, 200)
    await operator.cluster('DELSLOTSRANGE', 0, 5460)
    await notReadyUntil(t, gatehouse, {
      part: 'artifacts',
      reason: /cluster|reached/,
      mend: () => operator.cluster('ADDSLOTSRANGE', 0, 5460),
    })
  })

  test('F-3: the process is not ready while the database is read-only', async t => {
    const gatehouse = await startGatehouse()
    t.teardown(() => gatehouse.stop())
    const database = new URL(gatehouse.app.config.databaseUrl!).pathname.slice(1)
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`
    const admin = servers()!.databaseUrl
    await administer(admin, `alter database ${database} set default_transaction_read_only = on`, end)
    await notReadyUntil(t, gatehouse, {
      part: 'database',
      reason: 'read-only',
      mend: () => administer(admin, `alter database ${database} set default_transaction_read_only = off`, end),
    })
  })

  test('F-3: the process is not ready while the disk of the database is full', async t => {
    const folder = await folderOf(t)
    if (!smallDisk(t, folder)) return t.pass('this machine allows no mount')
    const postgres = await startPostgres(await folderOf(t))
    t.teardown(() => postgres?.stop())
    execFileSync('chown', ['postgres', folder])
    await administer(
      postgres!.url,
      `create tablespace small location '${folder}'`,
      'create database test_full tablespace small',
    )
    const gatehouse = await startGatehouse({ env: { DATABASE_URL: onDatabase(postgres!.url, 'test_full') } })
    t.teardown(() => gatehouse.stop())
    t.is((await ask(gatehouse)).status, 200)
    const filler = join(folder, 'filler')
    await writeFile(filler, Buffer.alloc(24 << 20)).catch(() => {})
    await notReadyUntil(t, gatehouse, { part: 'database', reason: 'disk full', mend: () => rm(filler) })
  })
}
