import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { Artifacts } from '../../src/storage/artifacts/artifacts.ts'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { eventually } from '../support/eventually.ts'
import { startRedisCluster } from '../support/redis.ts'
import { servers } from '../support/servers.ts'
import { settles } from '../support/settles.ts'

const CHAINS = 24

interface Chain {
  token: string
  steps: number
  failures: number
}

interface Seen {
  chains: Chain[]
  broken: string[]
}

/**
 * Rotates one chain of tokens as refreshing does, and retries what failed. If a step is refused, an earlier attempt that
 * was answered with an error has made it: then its replay record and its token must exist.
 */
async function rotate(
  artifacts: Artifacts,
  name: string,
  running: () => boolean,
  { chains, broken }: Seen,
): Promise<void> {
  const grantId = `grant-${name}`
  const chain: Chain = { token: `${name}-0`, steps: 0, failures: 0 }
  chains.push(chain)
  const begun = () =>
    artifacts.commit([
      { do: 'put', kind: 'Grant', id: grantId, payload: { accountId: `account-${name}` }, ttl: 600 },
      { do: 'put', kind: 'RefreshToken', id: chain.token, payload: { grantId }, ttl: 600 },
    ])
  // On a busy machine an answer may come after the client's timeout.
  if (!(await eventually(() => begun().catch(() => false)))) throw new Error(`${name} cannot start`)
  for (let attempt = 1; running(); attempt += 1) {
    const next = `${name}-${attempt}`
    try {
      const done = await artifacts.commit([
        { do: 'consume', kind: 'RefreshToken', id: chain.token, at: 1 },
        { do: 'put', kind: 'RefreshToken', id: next, payload: { grantId }, ttl: 600 },
        { do: 'put', kind: 'AccessToken', id: `${next}-access`, payload: { grantId }, ttl: 600 },
        { do: 'put', kind: 'RefreshReplay', id: chain.token, payload: { grantId, next }, ttl: 60 },
      ])
      const token = done ? next : String((await artifacts.get('RefreshReplay', chain.token))?.next)
      const { record, grant } = await artifacts.getWithGrant('RefreshToken', token)
      if (!record || record.consumed !== undefined || !grant) {
        broken.push(`${chain.token}: ${done ? 'done' : 'refused'}, but ${token} is not usable`)
        break
      }
      chain.token = token
      chain.steps += 1
    } catch {
      chain.failures += 1
      await sleep(50)
    }
  }
}

if (servers()) {
  test('a client that disconnects during a refresh of the slots does not keep the process running', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const cluster = (await startRedisCluster(folder))!
    t.teardown(() => cluster.stop())
    // The first refresh is that of the connection; the next one is the first that schedules another.
    const script = `
      import { connectRedis } from './src/storage/redis/redis.ts'
      const client = connectRedis(${JSON.stringify(cluster.url)})
      client.options.slotsRefreshInterval = 20
      client.once('ready', () => client.once('refresh', () => client.disconnect()))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script])
    t.teardown(() => child.kill('SIGKILL'))
    await settles(once(child, 'exit'))
    t.is(child.exitCode, 0)
  })

  test('F-13: while a master of a Cluster is unavailable, every step is done or can be retried', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
    const cluster = (await startRedisCluster(folder))!
    const artifacts = redisArtifacts(connectRedis(cluster.url))
    let running = true
    t.teardown(async () => {
      running = false
      cluster.signal(1, 'SIGCONT')
      await artifacts.close()
      await cluster.stop()
      await rm(folder, { recursive: true, force: true })
    })
    const answers = () =>
      artifacts.probe().then(
        () => true,
        () => false,
      )
    t.true(await eventually(answers))
    const seen: Seen = { chains: [], broken: [] }
    const work = Array.from({ length: CHAINS }, (_, i) => rotate(artifacts, `chain${i}`, () => running, seen))
    const sum = (what: 'steps' | 'failures') => seen.chains.reduce((all, chain) => all + chain[what], 0)
    t.true(await eventually(() => sum('steps') > 2 * CHAINS))
    const failed = sum('failures')
    cluster.signal(1, 'SIGSTOP')
    t.true(await eventually(() => sum('failures') > failed + CHAINS), 'nothing failed while the master was away')
    cluster.signal(1, 'SIGCONT')
    const before = sum('steps')
    t.true(await eventually(() => sum('steps') > before + 10 * CHAINS))
    running = false
    await Promise.all(work)
    t.deepEqual(seen.broken, [])
    t.log({ steps: sum('steps'), failures: sum('failures') })
  })

  // The client drops the commands that it had queued for a node that goes away.
  test('F-13: when a master of a Cluster is killed, every call is answered, and its replica takes over', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
    const cluster = (await startRedisCluster(folder, { replicas: 1 }))!
    const artifacts = redisArtifacts(connectRedis(cluster.url))
    let running = true
    t.teardown(async () => {
      running = false
      await artifacts.close()
      await cluster.stop()
      await rm(folder, { recursive: true, force: true })
    })
    const calls = { done: 0, failed: 0 }
    const call = async (caller: number) => {
      for (let turn = 0; running; turn += 1) {
        const id = `interaction-${caller}-${turn}`
        try {
          await artifacts.commit([{ do: 'put', kind: 'Interaction', id, payload: {}, ttl: 60 }])
          calls.done += 1
        } catch {
          calls.failed += 1
        }
        await sleep(5)
      }
    }
    const load = Array.from({ length: 30 }, (_, caller) => call(caller))
    t.true(await eventually(async () => calls.done > 300))
    await cluster.crash(1)
    const before = calls.done
    t.true(await eventually(async () => calls.done > before + 300))
    running = false
    await t.notThrowsAsync(settles(Promise.all(load)), 'some wait forever')
    t.log(calls)
  })
}
