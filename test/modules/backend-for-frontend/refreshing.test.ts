import test from 'ava'
import { MemoryStore } from 'gatehouse/backend-for-frontend'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { BrowserApplication, cookiesOf, jsonOf } from './application.ts'
import { FalselyServed, FalseProvider } from './false-provider.ts'

test('an access token is refreshed when less than 30 seconds are left, once for all requests', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn()
  app.provider.clock.advance(569)
  t.is((await browser.open('/')).page.html, 'access-1')
  app.provider.clock.advance(2)
  const { promise, resolve } = Promise.withResolvers<void>()
  app.provider.hold = promise
  const requests = Array.from({ length: 20 }, () => browser.fetch('/'))
  setImmediate(resolve)
  const tokens = await Promise.all(requests.map(async request => (await request).text()))
  t.deepEqual(new Set(tokens), new Set(['access-2']))
  t.deepEqual(app.provider.refreshed, ['refresh-1'])
})

test('F-02: several processes with one store share a refresh too', async t => {
  const provider = await FalseProvider.start(t)
  const store = new MemoryStore({ clock: provider.clock })
  const shared = { store, secret: 'the same secret in each process, 32 characters' }
  const first = await FalselyServed.start(t, shared, provider)
  const others = [first]
  for (let i = 0; i < 2; i++) others.push(await FalselyServed.start(t, { ...shared, url: first.url }, provider))
  t.is(others.length, 3)
  const browser = await first.signIn()
  provider.clock.advance(580)
  const { promise, resolve } = Promise.withResolvers<void>()
  provider.hold = promise
  const cookie = cookiesOf(browser)
  const requests = others.flatMap(({ listening }) => [1, 2].map(() => fetch(listening, { headers: { cookie } })))
  setImmediate(resolve)
  const tokens = await Promise.all(requests.map(async request => (await request).text()))
  t.deepEqual(tokens, Array(6).fill('access-2'))
  t.deepEqual(provider.refreshed, ['refresh-1'])
})

test('a refused refresh token ends the session', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn()
  app.provider.clock.advance(580)
  app.provider.faults.set('/token', (_req, res) => res.writeHead(400).end('{"error":"invalid_grant"}'))
  const answer = await browser.fetch('/')
  t.is(answer.status, 401)
  t.like(await jsonOf(answer), { error: 'not_signed_in', signIn: '/auth/sign-in' })
  app.provider.faults.clear()
  t.is((await browser.open('/')).page.html, 'nobody')
})

test('while the provider is away the present token is used until it expires, then the answer is 503', async t => {
  const app = await FalselyServed.start(t)
  const { provider } = app
  const browser = await app.signIn()
  let asked = 0
  const busy = (status: number) =>
    provider.faults.set('/token', (_req, res) => {
      asked += 1
      res.writeHead(status).end(status === 401 ? '{"error":"invalid_client"}' : '')
    })
  busy(503)
  provider.clock.advance(580)
  for (let i = 0; i < 5; i++) t.is((await browser.open('/')).page.html, 'access-1')
  t.is(asked, 1, 'a provider that does not answer is not asked at every request')
  provider.clock.advance(6)
  t.is((await browser.open('/')).page.html, 'access-1')
  t.is(asked, 2)
  busy(401)
  provider.clock.advance(6)
  t.is((await browser.open('/')).page.html, 'access-1', 'nor does a wrong secret end sessions')
  provider.clock.advance(10)
  const away = await browser.fetch('/')
  t.is(away.status, 503)
  t.is(away.headers.get('retry-after'), '5')
  t.is((await browser.fetch('/auth/refresh', { method: 'POST' })).status, 503)
  provider.faults.clear()
  t.is((await browser.open('/')).page.html, 'access-2', 'the refresh token was kept')
})

test('the identity stays: a refreshed ID token for another person ends the session', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn()
  app.provider.claims = { roles: ['admin'] }
  const refreshed = await browser.fetch('/auth/refresh', { method: 'POST' })
  t.like(await jsonOf(refreshed), { sub: 'ada', roles: ['admin'] })
  app.provider.claims = { sub: 'grace' }
  t.is((await browser.fetch('/auth/refresh', { method: 'POST' })).status, 401)
  t.deepEqual(app.provider.revoked, [app.provider.current])
  t.is((await browser.fetch('/auth/me')).status, 401)
})

test('without a refresh token the session lasts, and its token until it expires', async t => {
  const app = await FalselyServed.start(t)
  const { provider } = app
  provider.faults.set('/token', async (_req, res) => {
    const id_token = await provider.sign({ nonce: provider.nonce })
    res.end(JSON.stringify({ access_token: 'only', token_type: 'bearer', expires_in: 60, id_token }))
  })
  const browser = await app.signIn()
  provider.clock.advance(55)
  t.is((await browser.open('/')).page.html, 'only')
  provider.clock.advance(6)
  t.is((await browser.fetch('/')).status, 401)
  t.is((await browser.fetch('/auth/me')).status, 200)
})

test('F-04: a refresh that is under way when the person signs out brings nothing back, and its token is revoked', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn()
  const thief = browser.copy()
  const { promise, resolve } = Promise.withResolvers<void>()
  app.provider.hold = promise
  const refresh = browser.fetch('/auth/refresh', { method: 'POST' })
  while (app.provider.refreshed.length === 0) await new Promise(setImmediate)
  t.is((await browser.fetch('/auth/sign-out', { method: 'POST' })).status, 303)
  resolve()
  t.is((await refresh).status, 401)
  t.deepEqual(app.provider.revoked, ['refresh-2'])
  t.is((await thief.open('/')).page.html, 'nobody')
})

test('S-09: a session ends when it is not used, and after its whole lifetime; asking who is signed in is no use', async t => {
  const app = await FalselyServed.start(t, { idleLifetime: 600, lifetime: 3600 })
  const { provider } = app
  const [idle, busy] = [await app.signIn(), app.browser()]
  provider.clock.advance(300)
  t.is((await idle.fetch('/auth/me')).status, 200)
  await app.signIn({ browser: busy })
  provider.clock.advance(301)
  t.is((await idle.fetch('/auth/me')).status, 401)
  t.is((await idle.open('/')).page.html, 'nobody')
  for (let i = 0; i < 6; i++) {
    t.not((await busy.open('/')).page.html, 'nobody')
    const { expires } = await jsonOf(await busy.fetch('/auth/me'))
    t.true(Date.parse(String(expires)) <= provider.clock.now().getTime() + 600_000)
    provider.clock.advance(540)
  }
  provider.clock.advance(60)
  t.is((await busy.open('/')).page.html, 'nobody')
})

test('F-01: with Gatehouse each refresh gets a new refresh token, and new roles arrive with it', async t => {
  const gatehouse = await startGatehouse({ env: { ACCESS_TOKEN_TTL: '30s' } })
  t.teardown(() => gatehouse.stop())
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = await app.signIn(ada)
  for (const name of ['first', 'second', 'third']) {
    app.clock.advance(20)
    t.is((await browser.fetch(`/api/${name}`)).status, 200)
    t.is((await browser.fetch('/auth/refresh', { method: 'POST' })).status, 200)
  }
  t.is(new Set(app.api.calls.map(({ claims }) => claims.jti)).size, 3)
  t.deepEqual(app.logged, [])
})
