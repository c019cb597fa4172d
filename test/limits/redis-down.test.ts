import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock as clock } from '../../src/base/clock.ts'
import { loadConfig } from '../../src/base/config.ts'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import { createLimits, type Limits } from '../../src/limits/limits.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { startRedis } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

const rates = loadConfig({ SIGN_IN_LIMIT_ACCOUNT: '3/1m' }, { createSecrets: false })

/** How many of so many tries are let through, one after the other. */
async function letThrough({ signInByAccount }: Limits, tries = 10): Promise<number> {
  let count = 0
  for (let i = 0; i < tries; i++) {
    try {
      await signInByAccount.take('ada@example.org')
      count++
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
    }
  }
  return count
}

test('without Redis, this process counts by itself', async t => {
  t.is(await letThrough(createLimits({ redis: null, prefix: '', rates, clock })), 3)
})

if (servers()) {
  test('L-08: when Redis goes away, this process counts by itself, and the limit still applies', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-limits-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const server = await startRedis(folder)
    const redis = connectRedis(server!.url, { onConnectionError: () => {} })
    t.teardown(() => redis.disconnect())
    const limits = createLimits({ redis, prefix: 'test:', rates, clock })
    await redis.ping()
    t.is(await letThrough(limits), 3)

    await server!.stop()

    t.is(await letThrough(limits), 3)
    t.is(await letThrough(limits), 0)
    await t.notThrowsAsync(limits.signInByAccount.refund('ada@example.org'))
    t.true((await letThrough(limits)) <= 1)
  })
}
