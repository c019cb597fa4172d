import test from 'ava'
import { Busy } from '../../src/base/refusals.ts'
import { Hashing } from '../../src/credentials/passwords/hashing.ts'

const COST = { memory: 64, passes: 1, parallelism: 1, concurrency: 2, queue: 3 }
/** Slow enough for all requests to arrive before the first one finishes. */
const SLOW = { ...COST, memory: 8192, passes: 4 }

const parameters = (digest: string) => /^\$argon2id\$v=19\$([^$]+)\$/.exec(digest)?.[1]?.split(',').sort()

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    error => (error instanceof Busy ? 'busy' : 'failed'),
  )

test('a digest is salted argon2id with the configured parameters', async t => {
  const hashing = new Hashing({ ...COST, memory: 128, passes: 3 })
  const digests = await Promise.all([hashing.hash('a password'), hashing.hash('a password')])
  for (const digest of digests) t.deepEqual(parameters(digest), ['m=128', 'p=1', 't=3'])
  t.not(digests[0], digests[1])
  t.true(await hashing.verify(digests[0], 'a password'))
  t.false(await hashing.verify(digests[0], 'a passwort'))
})

test('a digest is outdated once the parameters have changed', async t => {
  const hashing = new Hashing(COST)
  const digest = await hashing.hash('a password')
  t.false(hashing.outdated(digest))
  for (const other of [{ memory: 128 }, { passes: 2 }, { parallelism: 2 }]) {
    t.true(new Hashing({ ...COST, ...other }).outdated(digest), JSON.stringify(other))
  }
})

test('L-12: the number of running and queued hashes is limited, and further ones are refused at once with a retry time', async t => {
  const hashing = new Hashing(SLOW)
  const order: string[] = []
  const outcomes = Array.from({ length: 20 }, (_, i) => outcome(hashing.hash(`${i}`)))
  const all = outcomes.map(each => each.then(result => order.push(result)))
  t.deepEqual(await Promise.all(outcomes.slice(5)), Array(15).fill('busy'))
  t.deepEqual(await Promise.all(outcomes.slice(0, 5)), Array(5).fill('done'))
  await Promise.all(all)
  t.deepEqual(order.slice(0, 15), Array(15).fill('busy'), 'the refusals arrived before the hashes were done')
  const refusal = await t.throwsAsync(Promise.all(Array.from({ length: 6 }, () => hashing.hash('again'))), {
    instanceOf: Busy,
  })
  t.true(refusal!.retryAfter >= 1)
})

test('waiting hashes run in order, and the queue is free again afterwards', async t => {
  const hashing = new Hashing({ ...SLOW, concurrency: 1 })
  const order: number[] = []
  await Promise.all([0, 1, 2, 3].map(i => hashing.hash(`${i}`).then(() => order.push(i))))
  t.deepEqual(order, [0, 1, 2, 3])
  t.deepEqual(await Promise.all([0, 1, 2, 3].map(i => outcome(hashing.hash(`${i}`)))), Array(4).fill('done'))
})

test('a failed hash frees its place in the queue', async t => {
  const hashing = new Hashing({ ...COST, concurrency: 1, queue: 0 })
  for (let round = 0; round < 5; round++) {
    t.is(await outcome(hashing.verify('$argon2id$broken', 'a password')), 'failed')
  }
  t.is(await outcome(hashing.hash('a password')), 'done')
})
