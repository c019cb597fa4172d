import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { Cache } from '../../src/storage/change-feed/cache.ts'
import { Changes, type Listen, type ListenerState } from '../../src/storage/change-feed/changes.ts'

/** A source of notifications that the test controls. */
class Notifications {
  send: (payload: string) => void = () => {}
  setState: (state: ListenerState) => void = () => {}

  readonly listen: Listen = async (onMessage, onState) => {
    this.send = onMessage
    this.setState = onState
    onState('receiving')
    return async () => {}
  }
}

/** A cache over rows whose reads are recorded. */
async function setUp(options: { whole?: boolean; size?: number; maxAge?: number } = {}) {
  const [changes, notifications] = [new Changes(), new Notifications()]
  await changes.start(notifications.listen)
  const rows = new Map([
    ['a', 1],
    ['b', 1],
  ])
  const reads: string[] = []
  const load = async (id: string) => {
    reads.push(id)
    return rows.get(id) ?? null
  }
  const cache = new Cache<number>({ changes, topic: 'thing', load, ...options })
  return { changes, notifications, rows, reads, cache }
}

test('a row is read once and then cached', async t => {
  const { cache, reads } = await setUp()
  for (let i = 0; i < 3; i++) t.is(await cache.get('a'), 1)
  t.deepEqual(reads, ['a'])
})

test('concurrent requests share one read of a row', async t => {
  const { cache, reads } = await setUp()
  t.deepEqual(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]), [1, 1, 1])
  t.deepEqual(reads, ['a'])
})

test('a notification of a change drops that row from the cache and no other', async t => {
  const { cache, reads, rows, notifications } = await setUp()
  await Promise.all([cache.get('a'), cache.get('b')])
  rows.set('a', 2)
  notifications.send('thing:a')
  notifications.send('other:b')
  notifications.send('nonsense')
  t.deepEqual([await cache.get('a'), await cache.get('b')], [2, 1])
  t.deepEqual(reads, ['a', 'b', 'a'])
})

test('an ID may contain colons', async t => {
  const { cache, rows, notifications } = await setUp()
  rows.set('urn:a:b', 1)
  await cache.get('urn:a:b')
  rows.set('urn:a:b', 2)
  notifications.send('thing:urn:a:b')
  t.is(await cache.get('urn:a:b'), 2)
})

test('a value built from many rows is dropped when any of them changes', async t => {
  const { cache, reads, notifications } = await setUp({ whole: true })
  await cache.get('a')
  notifications.send('thing:b')
  await cache.get('a')
  t.deepEqual(reads, ['a', 'a'])
})

test('a row that was read before its change is not cached after the notification', async t => {
  const [changes, notifications] = [new Changes(), new Notifications()]
  await changes.start(notifications.listen)
  const slow = Promise.withResolvers<number>()
  const answers = [slow.promise, Promise.resolve(2)]
  const cache = new Cache<number>({ changes, topic: 'thing', load: () => answers.shift()! })
  const first = cache.get('a')
  notifications.send('thing:a')
  slow.resolve(1)
  await first
  t.is(await cache.get('a'), 2)
  t.is(await cache.get('a'), 2)
})

test('while no notifications are received, the cache is cleared and nothing is cached', async t => {
  const { cache, reads, notifications, rows, changes } = await setUp()
  await cache.get('a')
  notifications.setState('disconnected')
  t.false(changes.receiving)
  rows.set('a', 2)
  t.is(await cache.get('a'), 2)
  rows.set('a', 3)
  t.is(await cache.get('a'), 3)
  notifications.setState('receiving')
  await cache.get('a')
  await cache.get('a')
  t.is(reads.length, 4)
})

test('a row that is missing or could not be read is not cached', async t => {
  const { cache, rows } = await setUp()
  t.is(await cache.get('new'), null)
  rows.set('new', 1)
  t.is(await cache.get('new'), 1)

  const changes = new Changes()
  await changes.start(new Notifications().listen)
  const answers = [Promise.reject(new Error('the database is unavailable')), Promise.resolve(1)]
  const failing = new Cache<number>({ changes, topic: 'thing', load: () => answers.shift()! })
  await t.throwsAsync(failing.get('a'), { message: 'the database is unavailable' })
  t.is(await failing.get('a'), 1)
})

test('N-01: the number of entries and their age are limited', async t => {
  const small = await setUp({ size: 2 })
  small.rows.set('c', 1)
  for (const id of ['a', 'b', 'c', 'b', 'c']) await small.cache.get(id)
  t.deepEqual(small.reads, ['a', 'b', 'c'])
  await small.cache.get('a')
  t.deepEqual(small.reads, ['a', 'b', 'c', 'a'])

  const brief = await setUp({ maxAge: 20 })
  await brief.cache.get('a')
  await sleep(40)
  await brief.cache.get('a')
  t.deepEqual(brief.reads, ['a', 'a'])
})

test('nothing is cached after the notifications are stopped', async t => {
  const { cache, reads, changes } = await setUp()
  await cache.get('a')
  await changes.stop()
  await cache.get('a')
  await cache.get('a')
  t.is(reads.length, 3)
})
