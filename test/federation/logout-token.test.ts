import test from 'ava'
import { UpstreamFailure } from '../../src/federation/protocol/upstream-failure.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { altered, compact, respelled } from '../support/jws.ts'
import { Upstream } from '../support/upstream.ts'
import { newSigningKey, sign } from '../support/upstream-faults.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host } })
const { app } = gatehouse
const provider = await upstream.connect(gatehouse)
const ada = { sub: 'ada-there', sid: 'her-session' }
const heeded = (token: string) => app.upstreamClient.handleLogoutToken(provider, token, async told => told)
const now = () => Math.floor(Date.now() / 1000)

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

test('a logout token names the subject, the session, or both', async t => {
  const read = async (claims: object) => heeded(await upstream.logoutToken('example', { ...claims }))
  t.deepEqual(await read(ada), { subject: 'ada-there', sid: 'her-session' })
  t.truthy(await read({ ...ada, exp: undefined }), 'as drafts had it')
  t.deepEqual(await read({ sub: 'ada-there' }), { subject: 'ada-there', sid: null })
  t.deepEqual(await read({ sid: 'her-session' }), { subject: null, sid: 'her-session' })
})

test('a logout token may have no type, or the type JWT', async t => {
  for (const header of [{}, { typ: 'JWT' }, { typ: 'application/logout+jwt' }])
    t.truthy(await heeded(await upstream.logoutToken('example', ada, { typ: undefined!, ...header })))
})

test('F-24: a logout token in another encoding is refused', async t => {
  const token = await upstream.logoutToken('example', ada)
  for (const each of respelled(token))
    await t.throwsAsync(heeded(each), { instanceOf: UpstreamFailure }, each.slice(-4))
  t.truthy(await heeded(token))
})

const wrong: [string, object][] = [
  ['another issuer', { iss: 'https://somebody-else.example' }],
  ['another audience', { aud: 'somebody-else' }],
  ['no audience', { aud: undefined }],
  ['expired', { iat: now() - 300, exp: now() - 120 }],
  ['old, whatever it says of its end', { iat: now() - 3600 }],
  ['no time', { iat: undefined }],
  ['from the future', { iat: now() + 600 }],
  ['no events', { events: undefined }],
  ['another event', { events: { 'https://example.org/other': {} } }],
  [
    'an event in a prototype',
    { events: JSON.parse('{"__proto__": {"http://schemas.openid.net/event/backchannel-logout": {}}}') },
  ],
  ['an event that is a word', { events: { 'http://schemas.openid.net/event/backchannel-logout': 'yes' } }],
  ['a nonce, as ID tokens have', { nonce: 'some' }],
  ['no jti', { jti: undefined }],
  ['nobody', { sub: undefined, sid: undefined }],
]

for (const [what, claims] of wrong) {
  test(`a logout token is refused: ${what}`, async t => {
    const token = await upstream.logoutToken('example', { ...ada, ...claims })
    await t.throwsAsync(heeded(token), { instanceOf: UpstreamFailure })
  })
}

test("a logout token without the provider's signature, or of another purpose, is refused", async t => {
  const good = await upstream.logoutToken('example', ada)
  const [, payload = ''] = good.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const { privateKey } = await newSigningKey('first')
  const forged = [
    compact({ alg: 'none', typ: 'logout+jwt' }, claims),
    compact({ alg: 'HS256', kid: 'first' }, claims),
    await sign(claims, privateKey, { kid: 'first', typ: 'logout+jwt' }),
    altered(good, { sub: 'bob-there' }),
    await upstream.logoutToken('example', ada, { typ: 'at+jwt' }),
    '',
    'a.b.c',
    'x'.repeat(100_000),
  ]
  for (const token of forged) await t.throwsAsync(heeded(token), { instanceOf: UpstreamFailure })
  t.truthy(await heeded(good), 'and the good one is not used up by them')
})

test('a logout token works once, also if it is sent many times at once', async t => {
  const token = await upstream.logoutToken('example', ada)
  const told = await Promise.allSettled(Array.from({ length: 5 }, () => heeded(token)))
  t.is(told.filter(({ status }) => status === 'fulfilled').length, 1)
  await t.throwsAsync(heeded(token), { instanceOf: UpstreamFailure })
})

test.serial('F-5 a logout token works once, also if Redis loses everything in between', async t => {
  const token = await upstream.logoutToken('example', ada)
  t.truthy(await heeded(token))
  await app.redis?.flushdb()
  await t.throwsAsync(heeded(token), { instanceOf: UpstreamFailure })
})

test('after a failure the same logout token can be sent again', async t => {
  const token = await upstream.logoutToken('example', ada)
  const failing = async () => {
    throw new Error('the store is away')
  }
  await t.throwsAsync(app.upstreamClient.handleLogoutToken(provider, token, failing), { message: 'the store is away' })
  t.like(await heeded(token), { subject: 'ada-there' })
  await t.throwsAsync(heeded(token), { instanceOf: UpstreamFailure })
})
