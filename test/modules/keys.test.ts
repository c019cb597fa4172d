import test from 'ava'
import { newKeyPair } from '../support/assertions.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from '../support/resource-server/loopback-api.ts'

const options = { revocations: false }

test('requests at the same time share one fetch of the metadata and of the keys', async t => {
  const { issuer, call } = await startApi(t, options)
  const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.token()))
  const answers = await Promise.all(tokens.map(token => call(token)))
  t.true(answers.every(({ status }) => status === 200))
  t.is(issuer.requests.get('/jwks'), 1)
  t.is(issuer.requests.get('/.well-known/openid-configuration'), 1)
})

test('J-04: a new key is fetched when a token names it, at most once in 30 seconds', async t => {
  const { issuer, call, advance } = await startApi(t, options)
  const old = await issuer.token()
  t.is((await call(old)).status, 200)
  const forged = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => issuer.token({}, { key: await newKeyPair(), header: { kid: `x${i}` } })),
  )
  advance(31)
  const next = await newKeyPair()
  issuer.keys.push(next)
  const answers = await Promise.all(forged.map(token => call(token)))
  t.true(answers.every(({ status }) => status === 401))
  t.is(issuer.requests.get('/jwks'), 2, 'ten unknown keys are one fetch')
  t.is((await call(await issuer.token({}, { key: next }))).status, 200)

  const later = await newKeyPair()
  issuer.keys.push(later)
  t.is((await call(await issuer.token({}, { key: later }))).status, 401)
  t.is(issuer.requests.get('/jwks'), 2, 'it was fetched just now')
  advance(31)
  t.is((await call(await issuer.token({}, { key: later }))).status, 200)
  t.is((await call(old)).status, 200, 'the first key is still published')
})

test('J-04: tokens of a key that was removed are refused after the next fetch, also those verified before', async t => {
  const { issuer, call, advance } = await startApi(t, options)
  const [compromised, next] = [issuer.keys[0]!, await newKeyPair()]
  issuer.keys = [compromised, next]
  const token = await issuer.token({ exp: issuer.clock.epoch + 3600 }, { key: compromised })
  t.is((await call(token)).status, 200)
  issuer.keys = [next]
  t.is((await call(token)).status, 200)
  advance(601)
  t.is((await call(token)).status, 401)
  t.is(issuer.requests.get('/jwks'), 2)
})

test('J-04: keys are fetched in the background before they are ten minutes old', async t => {
  const { issuer, call, advance } = await startApi(t, options)
  const token = await issuer.token({ exp: issuer.clock.epoch + 3600 })
  t.is((await call(token)).status, 200)
  advance(301)
  t.is((await call(token)).status, 200)
  t.true(await eventually(() => issuer.requests.get('/jwks') === 2))
})

test('J-04: while the provider is away its keys stay in use, and the log says so once', async t => {
  const { issuer, call, advance, logged } = await startApi(t, options)
  const claims = { exp: issuer.clock.epoch + 7200 }
  t.is((await call(await issuer.token(claims))).status, 200)
  issuer.leave()
  for (let i = 0; i < 5; i += 1) {
    advance(650)
    t.is((await call(await issuer.token(claims))).status, 200)
  }
  t.is(logged.length, 1)
  t.regex(logged[0]!, /can't read the keys of http:\/\/localhost:\d+: .* Check that this server reaches/)
  issuer.away = false
  advance(650)
  t.is((await call(await issuer.token(claims))).status, 200)
  t.is(logged.length, 2)
  t.regex(logged[1]!, /can read the keys of .* again/)
})

test('a provider that was never reached is answered with 503, not with a refusal of the token', async t => {
  const { issuer, call, advance, logged } = await startApi(t, options)
  issuer.leave()
  const token = await issuer.token()
  for (let i = 0; i < 3; i += 1) {
    const answer = await call(token)
    t.deepEqual([answer.status, answer.error], [503, 'temporarily_unavailable'])
    t.is(answer.headers.get('retry-after'), '5')
    t.is(answer.challenge, '')
  }
  t.is(logged.length, 1)
  t.true((issuer.requests.get('/.well-known/openid-configuration') ?? 0) <= 2, 'it is not asked for each request')
  issuer.away = false
  advance(2)
  t.is((await call(token)).status, 200)
})

test('metadata and keys that can not be trusted are not used', async t => {
  const discovery = '/.well-known/openid-configuration'
  const documents: Record<string, (url: string) => [number, Record<string, string>, string]> = {
    'another issuer': url => [200, {}, JSON.stringify({ issuer: `${url}/`, jwks_uri: `${url}/jwks` })],
    'keys over http': url => [200, {}, JSON.stringify({ issuer: url, jwks_uri: 'http://id.example.org/jwks' })],
    'no keys': url => [200, {}, JSON.stringify({ issuer: url })],
    'a redirect': url => [302, { location: `${url}/other` }, ''],
    'no JSON': () => [200, {}, '<html>'],
    null: () => [200, {}, 'null'],
    'too long': url => [200, {}, JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, more: 'x'.repeat(600_000) })],
    'an error': () => [500, {}, ''],
  }
  for (const [what, document] of Object.entries(documents)) {
    const { issuer, call, logged } = await startApi(t, options)
    issuer.answers.set(discovery, (_, res) => {
      const [status, headers, body] = document(issuer.url)
      res.writeHead(status, headers).end(body)
    })
    issuer.answers.set('/other', (_, res) => res.end(JSON.stringify(issuer.metadata())))
    t.is((await call(await issuer.token())).status, 503, what)
    t.is(logged.length, 1, what)
    t.false(issuer.requests.has('/other'), what)
  }
})
