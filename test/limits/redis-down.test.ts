import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock as clock } from '../../src/base/clock.ts'
import { loadConfig } from '../../src/base/config.ts'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import { createLimits, type Limits } from '../../src/limits/limits.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { eventually } from '../support/eventually.ts'
import { PATIENT, startRedis } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

const rates = loadConfig({ SIGN_IN_LIMIT_ACCOUNT: '3/1m' }, { createSecrets: false })

/** Makes attempts one after the other and returns how many were allowed. */
async function countAllowed({ signInByAccount }: Limits, attempts = 10): Promise<number> {
  let count = 0
  for (let i = 0; i < attempts; i++) {
    try {
      await signInByAccount.take('ada@example.org')
      count++
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
    }
  }
  return count
}

test('without Redis, a process counts on its own', async t => {
  t.is(await countAllowed(createLimits({ redis: null, prefix: '', rates, clock })), 3)
})

if (servers()) {
  test('L-08: when Redis becomes unavailable, a process counts on its own, and the limit still applies', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-limits-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const server = await startRedis(folder)
    t.teardown(() => server?.stop())
    const redis = connectRedis(server!.url, { ...PATIENT, onConnectionError: () => {} })
    t.teardown(() => redis.disconnect())
    const limits = createLimits({ redis, prefix: 'test:', rates, clock })
    const connected = () =>
      redis.ping().then(
        () => true,
        () => false,
      )
    t.true(await eventually(connected))
    t.is(await countAllowed(limits), 3)

    await server!.stop()

    t.is(await countAllowed(limits), 3)
    t.is(await countAllowed(limits), 0)
    await t.notThrowsAsync(limits.signInByAccount.refund('ada@example.org'))
    t.true((await countAllowed(limits)) <= 1)
  })
}
