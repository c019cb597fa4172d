import { randomUUID } from 'node:crypto'
import test from 'ava'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import { createLimits } from '../../src/limits/limits.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse({
  env: { SIGN_IN_LIMIT_ACCOUNT: '3/60s', SIGN_IN_LIMIT_IP: '5/60s' },
})
const { signInByAccount, signInByIp, registrationByIp } = gatehouse.app.limits
test.after.always(() => gatehouse.stop())

const isAllowed = (work: Promise<unknown>) => work.then(() => true).catch(error => !(error instanceof TooManyAttempts))

async function countAllowed(
  limit: { take(key: string): Promise<unknown> },
  key: string,
  times: number,
): Promise<number> {
  const results = await Promise.all(Array.from({ length: times }, () => isAllowed(limit.take(key))))
  return results.filter(Boolean).length
}

test('attempts are limited, even simultaneous ones, and the refusal says how long to wait', async t => {
  const key = randomUUID()
  t.is(await countAllowed(signInByAccount, key, 20), 3)
  const refusal = await t.throwsAsync(signInByAccount.take(key), { instanceOf: TooManyAttempts })
  t.true(refusal!.retryAfter >= 1 && refusal!.retryAfter <= 60, `${refusal!.retryAfter}`)
})

test('each key and each limit is counted separately', async t => {
  const [one, other] = [randomUUID(), randomUUID()]
  t.is(await countAllowed(signInByAccount, one, 5), 3)
  t.is(await countAllowed(signInByAccount, other, 5), 3)
  t.is(await countAllowed(signInByIp, one, 9), 5)
  t.is(await countAllowed(registrationByIp, one, 9), 5)
})

test('a refunded attempt does not count', async t => {
  const key = randomUUID()
  for (let i = 0; i < 10; i++) {
    t.true(await isAllowed(signInByAccount.take(key)))
    await signInByAccount.refund(key)
  }
  t.is(await countAllowed(signInByAccount, key, 5), 3)
})

test('all processes share the same counters', async t => {
  const other = (await gatehouse.another()).app.limits
  const key = randomUUID()
  const both = await Promise.all([countAllowed(signInByAccount, key, 10), countAllowed(other.signInByAccount, key, 10)])
  t.is(both[0]! + both[1]!, 3)
})

test('after the waiting time another attempt is allowed', async t => {
  const { redis } = gatehouse.app
  const brief = { points: 1, duration: 1 }
  const limits = createLimits({
    redis,
    clock: gatehouse.app.clock,
    prefix: 'brief:',
    rates: { ...gatehouse.app.config, signInLimitAccount: brief, signInLimitIp: brief },
  })
  const key = randomUUID()
  t.is(await countAllowed(limits.signInByAccount, key, 3), 1)
  t.true(await eventually(() => isAllowed(limits.signInByAccount.take(key))))
})

test('special characters in a key have no effect on the store', async t => {
  for (const key of ['', '*', 'a b', 'ключ', `${randomUUID()}:1\r\nFLUSHALL`, '\0']) {
    t.is(await countAllowed(signInByAccount, key, 5), 3, JSON.stringify(key))
  }
})
