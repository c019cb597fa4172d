import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Clock } from '../../src/base/clock.ts'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import type { Limit } from '../../src/limits/limit.ts'
import { limitsOn } from '../../src/limits/limits.ts'
import { MemoryBuckets } from '../../src/limits/memory-limiter.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { FaultyNetwork } from '../storage/faulty-network.ts'
import { eventually } from '../support/eventually.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { PATIENT } from '../support/redis.ts'
import { freshRedis, servers } from '../support/servers.ts'
import { StoppedClock } from '../support/stopped-clock.ts'

type MakeLimits = (clock: Clock) => ReturnType<typeof limitsOn>

/** Makes limits in one process, and limits with the same storage in another. */
interface Subject {
  one: MakeLimits
  other: MakeLimits
}

async function subject(t: ExecutionContext): Promise<Subject> {
  if (!servers()) {
    const buckets = new MemoryBuckets()
    const make: MakeLimits = clock => limitsOn({ redis: null, prefix: 'test:', buckets, clock })
    return { one: make, other: make }
  }
  const { url, drop } = await freshRedis()
  const [one, other] = [connectRedis(url, PATIENT), connectRedis(url, PATIENT)]
  t.teardown(async () => {
    one.disconnect()
    other.disconnect()
    await drop()
  })
  // Wait for both connections: until then each limit counts in its own process.
  await Promise.all([one, other].map(client => new Promise(resolve => client.once('ready', resolve))))
  return {
    one: clock => limitsOn({ redis: one, prefix: 'test:', clock }),
    other: clock => limitsOn({ redis: other, prefix: 'test:', clock }),
  }
}

const RATE = { points: 3, duration: 30 }

/** The clock is stopped, so that no bucket refills while a slow machine runs the test. */
async function limit(t: ExecutionContext) {
  const [{ one, other }, clock] = [await subject(t), new StoppedClock(Date.now())]
  return {
    clock,
    here: one(clock)('try', RATE),
    there: other(clock)('try', RATE),
    otherLimit: one(clock)('other', RATE),
  }
}

/** Makes all attempts at once and returns how many were allowed. */
async function countAllowed(limit: Limit, attempts: number, key = 'ada'): Promise<number> {
  const all = await Promise.allSettled(Array.from({ length: attempts }, () => limit.take(key)))
  for (const each of all) if (each.status === 'rejected' && !(each.reason instanceof TooManyAttempts)) throw each.reason
  return all.filter(each => each.status === 'fulfilled').length
}

test('all processes share the points of a bucket, even when they take them in parallel', async t => {
  const { here, there } = await limit(t)
  const [one, other] = await Promise.all([countAllowed(here, 10), countAllowed(there, 10)])
  t.is(one + other, RATE.points)
})

test('a bucket refills at a steady rate, up to its maximum', async t => {
  const { here, there, clock } = await limit(t)
  t.is(await countAllowed(here, 5), 3)
  clock.advance(11)
  t.is(await countAllowed(there, 5), 1)
  clock.advance(21)
  t.is(await countAllowed(here, 5), 2)
  clock.advance(10 * 60)
  t.is(await countAllowed(there, 5), 3)
})

test('a refusal says how long to wait, and after that time an attempt is allowed', async t => {
  const { here, clock } = await limit(t)
  await countAllowed(here, 3)
  const refused = await t.throwsAsync(here.take('ada'), { instanceOf: TooManyAttempts })
  t.true(refused!.retryAfter >= 9 && refused!.retryAfter <= 10, `${refused!.retryAfter}`)
  clock.advance(refused!.retryAfter)
  await t.notThrowsAsync(here.take('ada'))
})

test('attempts on an empty bucket do not delay the next refill', async t => {
  const { here, clock } = await limit(t)
  await countAllowed(here, 3)
  for (let seconds = 0; seconds < 10; seconds += 1) {
    t.is(await countAllowed(here, 2), 0)
    clock.advance(1)
  }
  t.is(await countAllowed(here, 2), 1)
})

test('a refunded attempt can be used again, and an operator can reset a bucket', async t => {
  const { here, there } = await limit(t)
  t.is(await countAllowed(here, 3), 3)
  await there.refund('ada')
  t.is(await countAllowed(here, 3), 1)
  await there.reset('ada')
  t.is(await countAllowed(here, 5), 3)
  await here.reset('ada')
  await here.refund('ada')
  t.is(await countAllowed(here, 5), 3)
})

test('each key of each limit has its own bucket', async t => {
  const { here, otherLimit } = await limit(t)
  t.is(await countAllowed(here, 5), 3)
  t.is(await countAllowed(here, 5, 'ben'), 3)
  t.is(await countAllowed(otherLimit, 5), 3)
})

test('L-08: while Redis is unavailable, each process counts on its own', async t => {
  const silent = new FaultyNetwork()
  let gaveUp = false
  const onConnectionError = () => {
    gaveUp = true
  }
  const unreachable = connectRedis(`redis://${await silent.listen()}`, { onConnectionError, replyTimeout: 500 })
  t.teardown(async () => {
    unreachable.disconnect()
    await silent.close()
  })
  const here = limitsOn({ redis: unreachable, prefix: 'test:', clock: new MovingClock() })('try', RATE)
  t.is(await countAllowed(here, 10, randomUUID()), 3)
  t.false(gaveUp, 'the attempts are counted without waiting for Redis')
  t.true(await eventually(() => gaveUp))
  t.is(await countAllowed(here, 10), 3)
  t.is(await countAllowed(here, 10), 0)
})

test('a flood of new keys cannot fill the memory', async t => {
  const limit = limitsOn({ redis: null, prefix: 'test:', clock: new StoppedClock(0) })('try', {
    points: 1,
    duration: 1,
  })
  for (let key = 0; key < 100_001; key += 1) await limit.take(`${key}`)
  const refused = await t.throwsAsync(limit.take('100000'), { instanceOf: TooManyAttempts })
  t.is(refused!.retryAfter, 1)
  await t.notThrowsAsync(limit.take('0'))
})

test('F-19: a process whose clock is ahead does not lock anyone out in other processes', async t => {
  const { one, other } = await subject(t)
  const [clock, ahead] = [new MovingClock(), new MovingClock()]
  ahead.advance(300)
  const here = one(clock)('try', RATE)
  const there = other(ahead)('try', RATE)
  t.is(await countAllowed(there, 1), 1)
  const count = await countAllowed(here, 10)
  t.true(count >= RATE.points - 1 && count <= RATE.points, String(count))
})

test('F-19: setting a clock back does not delay refills', async t => {
  for (const seconds of [20, 40, 300]) {
    const { one } = await subject(t)
    const clock = new MovingClock()
    const here = one(clock)(`set back by ${seconds}`, RATE)
    clock.advance(seconds)
    t.is(await countAllowed(here, 1), 1)
    clock.advance(-seconds)
    t.is(await countAllowed(here, 10), RATE.points - 1, `${seconds}`)
  }
})
