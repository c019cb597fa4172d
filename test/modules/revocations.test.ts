import { randomBytes, randomUUID } from 'node:crypto'
import test from 'ava'
import type { JWTPayload } from 'jose'
import { newKeyPair } from '../support/assertions.ts'
import { eventually } from '../support/eventually.ts'
import { type LoopbackApi, startApi } from '../support/resource-server/loopback-api.ts'

const LIST = '/revocations'

/** An API that has read the list and waits for more. */
async function startFollowing(...[t, options, known]: Parameters<typeof startApi>): Promise<LoopbackApi> {
  const started = await startApi(t, options, known)
  await started.api.start()
  t.teardown(started.api.close)
  return started
}

const becomes = ({ api }: LoopbackApi, state: string) => eventually(() => api.status().state === state)

test('a token is refused as soon as one of its keys is on the list', async t => {
  const started = await startFollowing(t)
  const { issuer, call, api } = started
  for (const revoked of [0, 1, 2, 3]) {
    const [session, account] = [randomBytes(16), randomBytes(16)]
    const claims = { jti: randomUUID(), grant_id: randomUUID() }
    const revocable_by = [session, account].map(key => key.toString('base64url'))
    const token = await issuer.token({ ...claims, revocable_by })
    t.is((await call(token)).status, 200)
    t.true(await eventually(() => issuer.waiting === 1))
    issuer.revoke([[claims.jti, claims.grant_id, session, account][revoked]!])
    t.true(await eventually(async () => (await call(token)).status === 401), String(revoked))
    t.is((await call(token)).description, 'the token was revoked')
  }
  t.is((await call(await issuer.token())).status, 200)
  t.like(api.status(), { state: 'following', entries: 4, position: 4 })
})

test('a token whose keys can not be read is refused', async t => {
  const { issuer, call } = await startFollowing(t)
  for (const revocable_by of ['x', [7], [''], [randomBytes(15).toString('base64url')], [null], {}])
    t.is((await call(await issuer.token({ revocable_by }))).description, 'the token has no valid revocable_by')
  t.is((await call(await issuer.token({ revocable_by: [] }))).status, 200)
})

test('the first request waits for the whole list, which can have many pages', async t => {
  const { issuer, call, api } = await startApi(t)
  issuer.pageSize = 10
  issuer.revoke(Array.from({ length: 95 }, (_, i) => `name ${i}`))
  t.like(api.status(), { state: 'loading', entries: 0, position: null })
  t.is((await call(await issuer.token({ jti: 'name 94' }))).status, 401)
  t.like(api.status(), { state: 'following', entries: 95, position: 95 })
  t.true(await eventually(() => issuer.waiting === 1))
  t.deepEqual(issuer.asked, Array.from({ length: 10 }, (_, i) => `after=${10 * i}`).concat('after=95&wait=25'))
})

test('the first request waits for at most five seconds', async t => {
  const { issuer, call, advance } = await startApi(t)
  issuer.answers.set(LIST, () => {})
  const answer = call(await issuer.token())
  t.true(await eventually(() => (issuer.requests.get(LIST) ?? 0) > 0 && issuer.clock.sleeping > 0))
  advance(5)
  t.deepEqual([(await answer).status, (await answer).error], [503, 'temporarily_unavailable'])
  t.is((await answer).headers.get('retry-after'), '5')
})

test('if the list can not be read, requests get 503 until it can', async t => {
  const started = await startApi(t)
  const { issuer, call, advance, logged } = started
  issuer.answers.set(LIST, (_, res) => res.writeHead(500).end())
  const token = await issuer.token()
  for (let i = 0; i < 3; i += 1) t.is((await call(token)).status, 503)
  t.is((await call('a.b.c')).status, 401, 'an invalid token is refused all the same')
  t.is(logged.length, 1)
  t.regex(logged[0]!, /can't read the list of revoked access tokens: .* answers 500. Requests are .* then with 503/)
  issuer.answers.clear()
  advance(30)
  t.true(await becomes(started, 'following'))
  t.is((await call(token)).status, 200)
  t.regex(logged[1]!, /can read the list of revoked access tokens again/)
})

test('while the provider is away, requests are answered with what is known for ten minutes', async t => {
  const started = await startFollowing(t)
  const { issuer, call, advance, api, logged } = started
  issuer.revoke(['gone'], issuer.clock.epoch + 7200)
  t.true(await eventually(() => api.status().entries === 1))
  const exp = issuer.clock.epoch + 3600
  const [revoked, valid] = [await issuer.token({ exp, jti: 'gone' }), await issuer.token({ exp })]
  t.is((await call(valid)).status, 200)
  issuer.leave()
  t.true(await becomes(started, 'behind'))
  for (const seconds of [200, 390]) {
    advance(seconds)
    t.is((await call(valid)).status, 200)
    t.is((await call(revoked)).status, 401)
  }
  advance(15)
  t.is((await call(valid)).status, 503)
  t.is(logged.filter(line => line.includes('list of revoked')).length, 1)

  issuer.away = false
  advance(31)
  t.true(await becomes(started, 'following'))
  t.is((await call(valid)).status, 200)
  t.is(logged.filter(line => line.includes('list of revoked')).length, 2)
})

test('how long an old list is used is an option', async t => {
  const started = await startFollowing(t, { staleAfter: 60 })
  const { issuer, call, advance } = started
  const token = await issuer.token()
  t.is((await call(token)).status, 200)
  issuer.leave()
  t.true(await becomes(started, 'behind'))
  advance(61)
  t.is((await call(token)).status, 503)
})

test('behind a proxy that cuts long requests, the list is read every two seconds', async t => {
  const started = await startFollowing(t)
  const { issuer, call, advance, api, logged } = started
  issuer.answers.set(LIST, (req, res) => {
    const query = new URL(req.url!, issuer.url).searchParams
    issuer.asked.push(query.toString())
    if (query.has('wait')) return req.socket.destroy()
    void issuer.page(Number(query.get('after')), res)
  })
  issuer.endWaiting()
  t.true(await eventually(() => issuer.clock.sleeping === 1), 'it polls')
  t.is(api.status().state, 'following')
  t.deepEqual(logged, [], 'nothing is wrong')
  const token = await issuer.token({ jti: 'gone' })
  t.is((await call(token)).status, 200)
  const asked = issuer.asked.length
  issuer.revoke(['gone'], issuer.clock.epoch + 7200)
  t.is((await call(token)).status, 200)
  advance(2)
  t.true(await eventually(async () => (await call(token)).status === 401))
  t.deepEqual(issuer.asked.slice(asked), ['after=0'])

  issuer.answers.clear()
  t.true(await eventually(() => issuer.clock.sleeping === 1))
  advance(5 * 60)
  t.true(await eventually(() => issuer.waiting === 1), 'long requests are tried again')
})

test('a provider that answers long requests at once is asked every two seconds', async t => {
  const { issuer, advance } = await startFollowing(t)
  issuer.answers.set(
    LIST,
    (req, res) => void issuer.page(Number(new URL(req.url!, issuer.url).searchParams.get('after')), res),
  )
  issuer.endWaiting()
  for (const count of [3, 4, 5]) {
    t.true(await eventually(() => issuer.clock.sleeping === 1))
    t.true((issuer.requests.get(LIST) ?? 0) <= count, String(issuer.requests.get(LIST)))
    advance(2)
  }
})

test('a database that was restored from a backup makes the API read everything again', async t => {
  const started = await startFollowing(t)
  const { issuer, call, advance, api } = started
  issuer.revoke(['one', 'two', 'three'])
  t.true(await eventually(() => api.status().position === 3))
  t.true(await eventually(() => issuer.waiting === 1))
  issuer.restore(0, ['four', 'five'])
  t.true(await eventually(() => issuer.clock.sleeping === 1))
  advance(2)
  t.true(await eventually(() => api.status().position === 2))
  for (const jti of ['one', 'two', 'three', 'four', 'five'])
    t.is((await call(await issuer.token({ jti }))).status, 401, `${jti}: what was known is still refused`)
})

test('everything is read again every hour, and expired entries are dropped', async t => {
  const { issuer, advance, api } = await startFollowing(t)
  issuer.revoke(['short'], issuer.clock.epoch + 30)
  issuer.revoke(['long'], issuer.clock.epoch + 7200)
  t.true(await eventually(() => api.status().entries === 2))
  t.true(await eventually(() => issuer.waiting === 1))
  issuer.asked.length = 0
  advance(3601)
  issuer.endWaiting()
  t.true(await eventually(() => issuer.waiting === 1 && issuer.asked.length >= 2))
  t.is(issuer.asked[0], 'after=0')
  t.is(api.status().entries, 1)
})

test('an entry counts as long as the clock tolerance accepts its token', async t => {
  const { issuer, call, advance, api } = await startFollowing(t)
  const exp = issuer.clock.epoch + 30
  issuer.revoke(['gone'], exp)
  t.true(await eventually(() => api.status().entries === 1))
  const token = await issuer.token({ jti: 'gone', exp })
  advance(40)
  t.is((await call(token)).description, 'the token was revoked')
})

test('a page that the provider did not sign for this request is not used', async t => {
  const stranger = await newKeyPair()
  const pages: Record<string, [JWTPayload, object?]> = {
    'another issuer': [{ iss: 'https://id.example.org' }],
    'another position': [{ after: 7 }],
    'no position': [{ position: undefined }],
    'a negative position': [{ position: -1 }],
    'no progress': [{ more: true }],
    'an old page from a cache': [{ iat: 1_700_000_000 }],
    'no time': [{ iat: undefined }],
    'half an entry': [{ entries: Buffer.alloc(19).toString('base64url') }],
    'no entries': [{ entries: undefined }],
    'another type': [{}, { header: { typ: 'at+jwt' } }],
    'another key': [{}, { key: stranger }],
    'another key under a known name': [{}, { key: stranger, header: { kid: 'KID' } }],
  }
  for (const [what, [claims, signed = {}]] of Object.entries(pages)) {
    const { issuer, call, logged } = await startApi(t)
    const { kid } = issuer.keys[0]!.jwk
    const as = JSON.parse(JSON.stringify(signed).replace('KID', String(kid))) as { header?: Record<string, unknown> }
    const key = 'key' in signed ? { key: stranger } : {}
    issuer.answers.set(LIST, (_, res) => void issuer.page(0, res, claims, { ...as, ...key }))
    t.is((await call(await issuer.token())).status, 503, what)
    t.is(logged.length, 1, what)
  }
})

test('pages that are no signed list, too large or redirected are not used', async t => {
  const bodies: Record<string, [number, Record<string, string>, string]> = {
    HTML: [200, {}, '<html>'],
    empty: [200, {}, ''],
    'too large': [200, {}, 'x'.repeat(5_000_000)],
    'a redirect': [302, { location: '/other' }, ''],
    'not found': [404, {}, ''],
  }
  for (const [what, [status, headers, body]] of Object.entries(bodies)) {
    const { issuer, call } = await startApi(t)
    issuer.answers.set(LIST, (_, res) => res.writeHead(status, headers).end(body))
    t.is((await call(await issuer.token())).status, 503, what)
    t.false(issuer.requests.has('/other'))
  }
})

test('a provider that asks to wait is not asked before', async t => {
  const started = await startApi(t)
  const { issuer, advance, api } = started
  issuer.answers.set(LIST, (_, res) => res.writeHead(503, { 'retry-after': '20' }).end())
  await api.start()
  t.true(await eventually(() => issuer.clock.sleeping === 1))
  advance(14)
  t.is(issuer.requests.get(LIST), 1)
  issuer.answers.clear()
  advance(7)
  t.true(await becomes(started, 'following'))
})

test('J-04: the list can be signed with a key that is new', async t => {
  const { issuer, api, advance } = await startFollowing(t)
  issuer.keys.unshift(await newKeyPair())
  advance(31)
  issuer.revoke(['x'])
  t.true(await eventually(() => api.status().entries === 1))
})

test('without a list in the metadata tokens are accepted until they expire, and the log says so', async t => {
  const { issuer, call, api, logged, advance } = await startApi(t)
  issuer.hasList = false
  t.is((await call(await issuer.token())).status, 200)
  t.is((await call(await issuer.token())).status, 200)
  t.like(api.status(), { state: 'off', entries: 0, position: null })
  t.is(logged.length, 1)
  t.regex(
    logged[0]!,
    /names no list of revoked access tokens.*Update Gatehouse, or set the option "revocations" to false/,
  )
  issuer.hasList = true
  advance(61)
  t.true(await eventually(() => api.status().state === 'following'))
})

test('a list that was followed is never switched off by metadata that do not name it', async t => {
  const started = await startFollowing(t, { staleAfter: 300 })
  const { issuer, call, advance } = started
  issuer.revoke(['gone'], issuer.clock.epoch + 7200)
  t.true(await eventually(() => started.api.status().entries === 1))
  issuer.hasList = false
  issuer.answers.set(LIST, (_req, res) => void res.writeHead(404).end())
  advance(3601)
  issuer.revoke([])
  t.true(await becomes(started, 'behind'))
  // Revoked, as far as is known, or not known any more.
  t.true([401, 503].includes((await call(await issuer.token({ jti: 'gone' }))).status))
})

test('following can be switched off, and ended', async t => {
  const off = await startApi(t, { revocations: false })
  t.is((await off.call(await off.issuer.token())).status, 200)
  t.is(off.api.status().state, 'off')
  t.false(off.issuer.requests.has(LIST))

  const on = await startFollowing(t)
  t.true(await eventually(() => on.issuer.waiting === 1))
  on.api.close()
  t.true(await eventually(() => on.issuer.waiting === 0))
  t.deepEqual(on.logged, [])
})
