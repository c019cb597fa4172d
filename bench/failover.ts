/**
 * `node bench/failover.ts`: applications sign people in, redeem codes, refresh and revoke while Redis fails over: Sentinel
 * with two replicas, planned and after a crash, and a Cluster of three masters with a replica each, one of which is killed.
 * Afterwards a ledger is compared with the final state: no acknowledged write is lost, no code or token works twice, and
 * no revoked one works again. Loopback only, about 20 seconds of load each.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisServer, startRedisCluster, startRedisSentinel } from '../test/support/redis.ts'
import { Connection } from './load/connection.ts'
import { Ledger } from './load/ledger.ts'
import { type Endpoints, RelyingParty } from './load/relying-party.ts'
import { type Services, startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { startSubject } from './subjects.ts'

const PARTIES = 12
const BEFORE_MS = 4_000
const AFTER_MS = 6_000
/** REFRESH_REPLAY_WINDOW, and a margin. */
const WINDOW_MS = 11_000

interface Situation {
  name: string
  start(folder: string): Promise<(RedisServer & { change(): Promise<void> }) | null>
}

const situations: Situation[] = [
  {
    name: 'Sentinel, planned',
    async start(folder) {
      const sentinel = await startRedisSentinel(folder, { replicas: 2 })
      return sentinel && { ...sentinel, change: () => sentinel.failOver() }
    },
  },
  {
    name: 'Sentinel, crash',
    async start(folder) {
      const sentinel = await startRedisSentinel(folder, { replicas: 2 })
      return sentinel && { ...sentinel, change: () => sentinel.crash() }
    },
  },
  {
    name: 'Cluster, crash',
    async start(folder) {
      const cluster = await startRedisCluster(folder, { replicas: 1 })
      return cluster && { ...cluster, change: () => cluster.crash(1) }
    },
  },
]

const services = await startServices()
const rows = [['situation', 'sign-ins', 'refreshes', 'revocations', 'failures', 'outage s', 'violations']]
const violations: string[] = []
try {
  for (const situation of situations) {
    const { ledger, outage } = await run(situation, services)
    const counts = [ledger.entries, ledger.refreshes, ledger.revocations, ledger.failures, outage.toFixed(1)]
    rows.push([situation.name, ...counts.map(String), String(ledger.violations.length)])
    violations.push(...ledger.violations.map(violation => `${situation.name}: ${violation}`))
  }
  console.log(aligned(rows))
  for (const violation of violations) console.log(violation)
} finally {
  await services.stop()
}

async function run({ name, start }: Situation, services: Services) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-failover-'))
  const redis = await start(folder)
  if (!redis) throw new Error(`${name}: redis-server and redis-sentinel are needed`)
  const options = { name: 'gatehouse', workers: 1, accounts: 64, cheapPasswords: true } as const
  const subject = await startSubject(services, { ...options, redisUrl: redis.url })
  const { issuer, accounts } = subject.fixture
  const endpoints = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Endpoints
  const parties = Array.from(
    { length: PARTIES },
    (_, index) => new RelyingParty(new Connection(issuer, index), subject.fixture, endpoints),
  )
  const ledger = new Ledger()
  try {
    let running = true
    const load = parties.map((rp, index) => ledger.keep(rp, accounts[index]!, () => running))
    await sleep(BEFORE_MS)
    const begun = performance.now()
    await redis.change()
    const outage = (performance.now() - begun) / 1000
    await sleep(AFTER_MS)
    running = false
    await Promise.all(load)
    await sleep(WINDOW_MS)
    await ledger.settle(parties[0]!)
    return { ledger, outage }
  } finally {
    await Promise.all(parties.map(({ connection }) => connection.close()))
    await subject.stop()
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
