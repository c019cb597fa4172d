import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import type { Limit } from '../../src/limits/limit.ts'
import { limitsOn } from '../../src/limits/limits.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { eventually } from '../support/eventually.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { startRedisCluster, startRedisSentinel } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

const RATE = { points: 3, duration: 30 }

async function allowed(limit: Limit, attempts: number, key: string): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: attempts }, () => limit.take(key)))
  for (const each of results)
    if (each.status === 'rejected' && !(each.reason instanceof TooManyAttempts)) throw each.reason
  return results.filter(({ status }) => status === 'fulfilled').length
}

if (servers()) {
  const stores = {
    'Redis Cluster': (folder: string) => startRedisCluster(folder),
    'Redis Sentinel': (folder: string) => startRedisSentinel(folder, { replicas: 1 }),
  }
  for (const [name, start] of Object.entries(stores)) {
    test(`${name}: a limit counts attempts of all processes together, separately for each key`, async t => {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-limits-'))
      const store = (await start(folder))!
      const clients = [connectRedis(store.url), connectRedis(store.url)]
      t.teardown(async () => {
        for (const client of clients) client.disconnect()
        await store.stop()
        await rm(folder, { recursive: true, force: true })
      })
      t.true(await eventually(() => clients.every(({ status }) => status === 'ready')))
      const clock = new MovingClock()
      const [one, other] = clients.map(redis => limitsOn({ redis, prefix: 'test:', clock })('try', RATE))
      // The keys of different accounts are in different slots, so on different masters of a Cluster.
      for (const key of ['ada', 'grace', 'joan', 'mary', 'hedy', 'radia']) {
        const counts = await Promise.all([allowed(one!, 4, key), allowed(other!, 4, key)])
        t.is(counts[0] + counts[1], RATE.points, key)
      }
      clock.advance(RATE.duration)
      t.is(await allowed(other!, 4, 'ada'), RATE.points)
      await one!.reset('ada')
      t.is(await allowed(other!, 4, 'ada'), RATE.points)
    })
  }
}
