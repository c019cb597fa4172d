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
const handle = (token: string) => app.upstreamClient.handleLogoutToken(provider, token, async claims => claims)
const now = () => Math.floor(Date.now() / 1000)

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

test('a logout token names the subject, the session, or both', async t => {
  const read = async (claims: object) => handle(await upstream.logoutToken('example', { ...claims }))
  t.deepEqual(await read(ada), { subject: 'ada-there', sid: 'her-session' })
  t.truthy(await read({ ...ada, exp: undefined }), 'exp was optional in drafts of the specification')
  t.deepEqual(await read({ sub: 'ada-there' }), { subject: 'ada-there', sid: null })
  t.deepEqual(await read({ sid: 'her-session' }), { subject: null, sid: 'her-session' })
})

test('a logout token may have no type, or the type JWT', async t => {
  for (const header of [{}, { typ: 'JWT' }, { typ: 'application/logout+jwt' }])
    t.truthy(await handle(await upstream.logoutToken('example', ada, { typ: undefined!, ...header })))
})

test('F-24: a logout token that is not encoded canonically is refused', async t => {
  const token = await upstream.logoutToken('example', ada)
  for (const each of respelled(token))
    await t.throwsAsync(handle(each), { instanceOf: UpstreamFailure }, each.slice(-4))
  t.truthy(await handle(token))
})

const wrong: [string, object][] = [
  ['from another issuer', { iss: 'https://someone-else.example' }],
  ['for another audience', { aud: 'someone-else' }],
  ['without an audience', { aud: undefined }],
  ['that has expired', { iat: now() - 300, exp: now() - 120 }],
  ['that was issued an hour ago', { iat: now() - 3600 }],
  ['without iat', { iat: undefined }],
  ['issued in the future', { iat: now() + 600 }],
  ['without events', { events: undefined }],
  ['with another event', { events: { 'https://example.org/other': {} } }],
  [
    'with its event in a prototype',
    { events: JSON.parse('{"__proto__": {"http://schemas.openid.net/event/backchannel-logout": {}}}') },
  ],
  ['with a string as its event', { events: { 'http://schemas.openid.net/event/backchannel-logout': 'yes' } }],
  ['with a nonce, as in ID tokens,', { nonce: 'some' }],
  ['without jti', { jti: undefined }],
  ['with neither sub nor sid', { sub: undefined, sid: undefined }],
]

for (const [what, claims] of wrong) {
  test(`a logout token ${what} is refused`, async t => {
    const token = await upstream.logoutToken('example', { ...ada, ...claims })
    await t.throwsAsync(handle(token), { instanceOf: UpstreamFailure })
  })
}

test("a logout token without the provider's signature, or of another type, is refused", async t => {
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
  for (const token of forged) await t.throwsAsync(handle(token), { instanceOf: UpstreamFailure })
  t.truthy(await handle(good), 'the valid token still works afterwards')
})

test('a logout token works once, even if it is sent many times at once', async t => {
  const token = await upstream.logoutToken('example', ada)
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => handle(token)))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  await t.throwsAsync(handle(token), { instanceOf: UpstreamFailure })
})

test.serial('F-5: a logout token works once, even if Redis loses its data in between', async t => {
  const token = await upstream.logoutToken('example', ada)
  t.truthy(await handle(token))
  await app.redis?.flushdb()
  await t.throwsAsync(handle(token), { instanceOf: UpstreamFailure })
})

test('after an internal failure, the same logout token can be sent again', async t => {
  const token = await upstream.logoutToken('example', ada)
  const failing = async () => {
    throw new Error('the store is unavailable')
  }
  await t.throwsAsync(app.upstreamClient.handleLogoutToken(provider, token, failing), {
    message: 'the store is unavailable',
  })
  t.like(await handle(token), { subject: 'ada-there' })
  await t.throwsAsync(handle(token), { instanceOf: UpstreamFailure })
})
