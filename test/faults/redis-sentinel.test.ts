import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Artifacts } from '../../src/storage/artifacts/artifacts.ts'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { eventually } from '../support/eventually.ts'
import { startRedisSentinel } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

/** Records acknowledged writes, and compares them with the final state. */
class Ledger {
  readonly made = new Set<string>()
  readonly consumed = new Set<string>()
  readonly dropped = new Set<string>()
  refused = 0

  /** Makes tokens with their grants, consumes a third of them, and drops the grants of another third, while `running`. */
  async keep(artifacts: Artifacts, chain: number, running: () => boolean): Promise<void> {
    for (let step = 0; running(); step += 1) {
      const [grant, token] = [`grant-${chain}-${step}`, `token-${chain}-${step}`]
      const make = () =>
        artifacts.commit([
          { do: 'put', kind: 'Grant', id: grant, payload: { accountId: 'ada' }, ttl: 600 },
          { do: 'put', kind: 'RefreshToken', id: token, payload: { grantId: grant }, ttl: 600 },
        ])
      if (!(await this.#acknowledged(make))) continue
      this.made.add(token)
      if (step % 3 === 0) {
        if (
          await this.#acknowledged(() => artifacts.commit([{ do: 'consume', kind: 'RefreshToken', id: token, at: 1 }]))
        )
          this.consumed.add(token)
      } else if (step % 3 === 1) {
        const ended = () => artifacts.dropGrant(grant).then(() => true)
        if (await this.#acknowledged(ended)) this.dropped.add(token)
      }
      await sleep(2)
    }
  }

  async #acknowledged(work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work()
    } catch {
      this.refused += 1
      await sleep(20)
      return false
    }
  }

  async violations(artifacts: Artifacts): Promise<string[]> {
    const found: string[] = []
    for (const token of this.made) {
      const record = await artifacts.get('RefreshToken', token)
      if (this.dropped.has(token)) record && found.push(`${token} was revoked and is there`)
      else if (this.consumed.has(token)) record?.consumed === undefined && found.push(`${token} was used and is unused`)
    }
    return found
  }

  async lost(artifacts: Artifacts): Promise<string[]> {
    const untouched = [...this.made].filter(token => Number(token.split('-')[2]) % 3 === 2)
    const found = await Promise.all(untouched.map(token => artifacts.get('RefreshToken', token)))
    return untouched.filter((_, i) => found[i] === undefined)
  }
}

interface Situation {
  how: 'failOver' | 'crash'
  replicas: number
  required?: number
}

async function survives(t: ExecutionContext, { how, replicas, required }: Situation): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sentinel-'))
  const sentinel = (await startRedisSentinel(folder, { replicas }))!
  const clients = [connectRedis(sentinel.url), connectRedis(sentinel.url)]
  const stores = clients.map(client => redisArtifacts(client, { replicas: required ?? null }))
  let running = true
  t.teardown(async () => {
    running = false
    for (const store of stores) await store.close()
    await sentinel.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const ledger = new Ledger()
  const load = Array.from({ length: 8 }, (_, chain) => ledger.keep(stores[chain % 2]!, chain, () => running))
  t.true(await eventually(() => ledger.made.size > 100))
  await sentinel[how]()
  const made = ledger.made.size
  // Wait until the new master has acknowledged writes.
  await eventually(() => ledger.made.size >= made + 100)
  running = false
  await Promise.all(load)
  t.true(ledger.made.size >= made + 100, `${ledger.made.size - made} made after the fail-over`)
  const now = redisArtifacts(connectRedis(`redis://127.0.0.1:${await sentinel.master()}`))
  t.teardown(() => now.close())
  t.deepEqual(await ledger.violations(now), [])
  t.deepEqual(await ledger.lost(now), [])
  t.log({
    made: ledger.made.size,
    consumed: ledger.consumed.size,
    dropped: ledger.dropped.size,
    refused: ledger.refused,
  })
}

if (servers()) {
  test.serial('F-12: a planned failover loses no acknowledged write', t =>
    survives(t, { how: 'failOver', replicas: 1 }),
  )
  // One replica is the master before the Sentinels report it, while the other still follows the old one.
  test.serial('F-12: a planned failover with two replicas loses no acknowledged write', t =>
    survives(t, { how: 'failOver', replicas: 2 }),
  )
  test.serial('F-12: a planned failover loses no acknowledged write if one of two replicas must confirm', t =>
    survives(t, { how: 'failOver', replicas: 2, required: 1 }),
  )
  test.serial('F-12: a crash of the master loses no acknowledged write', t =>
    survives(t, { how: 'crash', replicas: 1 }),
  )
}
