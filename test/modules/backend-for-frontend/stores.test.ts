import test from 'ava'
import { MemoryStore, type Store } from 'gatehouse/backend-for-frontend'
import { Redis } from 'ioredis'
import { freshRedis, servers } from '../../support/servers.ts'
import { StoppedClock } from '../../support/stopped-clock.ts'
import { cookiesOf } from './application.ts'
import { FalselyServed } from './false-provider.ts'
import { redisStore } from './redis-store.ts'

const secret = 'the secret of the application, the same everywhere'
const onRedis = test.runIf(servers() !== null)

/** A store that shows what is in it. */
class OpenStore extends MemoryStore {
  readonly held = new Map<string, string>()
  override set(key: string, value: string, seconds: number) {
    this.held.set(key, value)
    return super.set(key, value, seconds)
  }
}

test('A-07: a dump of the store, with its secret, has no usable token, no session ID and no name of a person', async t => {
  const store = new OpenStore()
  const app = await FalselyServed.start(t, { store, secret })
  const browser = await app.signIn()
  const token = await app.provider.logoutToken({ sid: 'session-1' })
  await fetch(`${app.url}/auth/back-channel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  })
  await app.signIn()
  const dump = [...store.held].flat().join('\n')
  t.true(store.held.size >= 5)
  for (const each of ['access-1', 'refresh-1', 'eyJ', 'ada', 'Ada', 'session-1']) t.false(dump.includes(each), each)
  for (const { value } of browser.cookies.values()) t.false(dump.includes(value))
  t.is((await browser.fetch('/auth/me')).status, 401)
})

test('what was stored is bound to its session and to the secret; an old secret opens it, and none else', async t => {
  const store = new OpenStore()
  const first = await FalselyServed.start(t, { store, secret })
  const shared = { url: first.url, store }
  const other = await FalselyServed.start(t, { ...shared, secret: secret.toUpperCase() }, first.provider)
  const rotated = await FalselyServed.start(t, { ...shared, secret: [secret.toUpperCase(), secret] }, first.provider)
  const [ada, mallory] = [await first.signIn(), await first.signIn()]
  const statusAt = async ({ listening }: FalselyServed) => {
    const cookie = cookiesOf(ada)
    return (await fetch(`${listening}/auth/me`, { headers: { cookie } })).status
  }
  t.is(await statusAt(first), 200)
  t.is(await statusAt(rotated), 200)
  t.is(await statusAt(other), 401)

  const [adas, mallorys] = [...store.held.keys()].filter(key => key.startsWith('session:'))
  await store.set(mallorys!, store.held.get(adas!)!, 60)
  t.is((await mallory.fetch('/auth/me')).status, 401, 'the session of another person under this ID is not opened')
})

test('a store that fails is answered with 503, and logged; signing in can be tried again', async t => {
  const store: Store = new MemoryStore()
  const failing = { on: false }
  const guarded: Store = {
    get: async key => refuse() ?? store.get(key),
    set: async (key, value, seconds) => refuse() ?? store.set(key, value, seconds),
    delete: async key => refuse() ?? store.delete(key),
    take: async key => refuse() ?? store.take(key),
  }
  function refuse(): undefined {
    if (failing.on) throw new Error('READONLY You cannot write\nagainst a replica')
  }
  const app = await FalselyServed.start(t, { store: guarded, secret })
  const browser = await app.signIn()
  failing.on = true
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/auth/me'],
    ['POST', '/auth/refresh'],
    ['POST', '/auth/sign-out'],
  ] as const) {
    const answer = await browser.fetch(path, { method })
    t.is(answer.status, 503, path)
    t.truthy(answer.headers.get('retry-after'))
  }
  const failed = await app.signIn()
  t.is(failed.page.status, 503)
  t.is(failed.heading, 'Sign-in is not available')
  t.regex(app.logged.at(-2) ?? '', /^the session store failed: .*READONLY You cannot write against a replica$/)
  t.is(app.logged.at(-1), 'a sign-in failed: The session store does not answer.')
  failing.on = false
  t.is((await browser.fetch('/auth/me')).status, 200)
})

test('N-01: the store in memory is bounded and forgets what expired; sign-ins that are only begun are not in it', async t => {
  const clock = new StoppedClock('2030-01-01')
  const store = new MemoryStore({ clock, most: 100 })
  for (let i = 0; i < 1000; i++) {
    await store.set(`key ${i}`, 'x', 60)
    if (i > 0) t.is(await store.get('key 0'), 'x', 'what is used stays')
  }
  t.true(store.size <= 100)
  t.is(await store.get('key 500'), undefined)
  t.is(await store.take('key 999'), 'x')
  t.is(await store.take('key 999'), undefined)
  clock.advance(60)
  t.is(await store.get('key 0'), undefined)
  for (let i = 0; i < 50; i++) await store.set(`new ${i}`, 'x', 60)
  t.true(store.size < 100)

  const begun = new MemoryStore()
  const app = await FalselyServed.start(t, { store: begun, secret })
  for (let i = 0; i < 20; i++) await app.browser().open('/auth/sign-in')
  t.is(begun.size, 0)
})

onRedis('sessions are kept in Redis by the example of the documentation, and expire there', async t => {
  const { url, drop } = await freshRedis()
  const redis = new Redis(url)
  t.teardown(async () => {
    redis.disconnect()
    await drop()
  })
  const store = redisStore(redis)
  const app = await FalselyServed.start(t, { store, secret, lifetime: 3600 })
  const browser = await app.signIn()
  t.is((await browser.fetch('/auth/refresh', { method: 'POST' })).status, 200)
  t.is((await browser.open('/')).page.html, 'access-2')
  const keys = await redis.keys('*')
  t.true(keys.length >= 3)
  for (const key of keys) {
    t.regex(key, /^shop:/)
    const seconds = await redis.ttl(key)
    t.true(seconds > 0 && seconds <= 8 * 3600, `${key}: ${seconds}`)
  }
  await browser.fetch('/auth/sign-out', { method: 'POST' })
  t.is((await browser.fetch('/auth/me')).status, 401)

  await store.set('once', 'x', 10)
  t.deepEqual((await Promise.all(Array.from({ length: 10 }, () => store.take('once')))).filter(Boolean), ['x'])
})
