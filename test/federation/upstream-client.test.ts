import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import { failureOf, UpstreamFailure } from '../../src/federation/protocol/upstream-failure.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { settles } from '../support/settles.ts'
import { Upstream } from '../support/upstream.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host }, outboundTimeout: 8_000 })
const { app } = gatehouse
const provider = await upstream.connect(gatehouse)
const ada = upstream.person({
  sub: 'ada-there',
  email: 'ada@example.org',
  email_verified: true,
  name: 'Ada',
  idToken: { amr: ['pwd', 'otp'] },
})

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

test.beforeEach(() => {
  upstream.fault = null
})

/** Sends a person to the provider and exchanges the code of the callback. */
async function signIn(changed: (callback: URLSearchParams) => void = () => {}) {
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(await upstream.visit(await app.upstreamClient.authorizationUrl(provider, request), { as: ada }))
  changed(back.searchParams)
  return app.upstreamClient.exchangeCode(provider, back.searchParams, request)
}

const fails = { instanceOf: UpstreamFailure }

test.serial('the claims of userinfo and ID token are merged', async t => {
  const { claims, idToken, sid, tokens } = await signIn()
  t.like(claims, { sub: 'ada-there', email: 'ada@example.org', email_verified: true, name: 'Ada', amr: ['pwd', 'otp'] })
  t.is(claims.sid, sid)
  t.is(idToken?.split('.').length, 3)
  t.true(Math.abs(tokens.expiresAt! - Date.now() / 1000 - 3600) < 60)
})

test.serial('the authorization request has PKCE, state, nonce and the redirect URI of this provider', async t => {
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const url = await app.upstreamClient.authorizationUrl(provider, request, { loginHint: 'ada@example.org' })
  const said = Object.fromEntries(url.searchParams)
  t.like(said, {
    response_type: 'code',
    redirect_uri: `${gatehouse.url}/federation/example/callback`,
    scope: 'openid profile email',
    state: request.state,
    nonce: request.nonce,
    code_challenge_method: 'S256',
    login_hint: 'ada@example.org',
  })
  t.not(said.code_challenge, request.verifier)
  t.false(url.href.includes(request.verifier))
})

for (const fault of [
  'wrong issuer',
  'wrong audience',
  'another authorized party',
  'no nonce',
  'other nonce',
  'expired',
  'no subject',
  'alg none',
  'HS256 with the public key',
  'HS256 with the client secret',
  'a key in the token header',
  'a changed claim',
  'no id token',
  'other subject in userinfo',
  'non-canonical base64url',
] as const) {
  test.serial(`U-04, F-24: a token response is refused: ${fault}`, async t => {
    upstream.fault = fault
    t.is((await t.throwsAsync(signIn, fails)).problem, 'broken')
    upstream.fault = null
    await t.notThrowsAsync(signIn)
  })
}

for (const fault of [
  'signed userinfo',
  'signed userinfo for several audiences',
  'signed userinfo without iss and aud',
] as const) {
  test.serial(`Q-12: a JWT from userinfo is accepted: ${fault}`, async t => {
    upstream.fault = fault
    const { claims } = await signIn()
    t.like(claims, { sub: 'ada-there', email: 'ada@example.org', email_verified: true, name: 'Ada' })
  })
}

for (const fault of [
  'userinfo of another issuer',
  'userinfo for another client',
  'expired userinfo',
  'signed userinfo of another person',
  'unsigned userinfo',
  'userinfo signed by another key',
  'userinfo signed with the public key',
  'encrypted userinfo',
] as const) {
  test.serial(`Q-12: a JWT from userinfo is refused: ${fault}`, async t => {
    upstream.fault = fault
    t.is((await t.throwsAsync(signIn, fails)).problem, 'broken')
  })
}

test.serial('Q-12: a sign-in without userinfo succeeds only if the ID token has all required claims', async t => {
  upstream.fault = 'forbidden userinfo'
  const without = await t.throwsAsync(signIn, fails)
  t.deepEqual(
    [without.problem, without.message],
    ['broken', 'its userinfo answered 403, and required claims are missing in the ID token'],
  )

  const said = { email: ada.email, email_verified: true }
  upstream.person({ ...ada, idToken: { ...ada.idToken, ...said } })
  t.teardown(() => void upstream.person(ada))
  t.like((await signIn()).claims, { sub: 'ada-there', ...said })

  const { policy } = provider
  t.teardown(() => void Object.assign(provider, { policy }))
  Object.assign(provider, { policy: { ...policy, roleMapping: { claim: 'groups', roles: { staff: ['editor'] } } } })
  await t.throwsAsync(signIn, fails, 'roles are mapped from a claim that only userinfo has')
})

test.serial('U-04: an ID token with a key URL in its header is refused, and the URL is never requested', async t => {
  const evil = await Upstream.start()
  t.teardown(() => evil.close())
  upstream.evil = evil.url
  upstream.fault = 'key from jku'
  t.is((await t.throwsAsync(signIn, fails)).problem, 'broken')
  t.deepEqual(evil.asked, [])
})

test.serial('mix-up: a response of another issuer is refused, and its code is not sent', async t => {
  upstream.asked.length = 0
  const other = await t.throwsAsync(
    signIn(callback => callback.set('iss', 'https://someone-else.example')),
    fails,
  )
  t.is(other.problem, 'broken')
  await t.throwsAsync(
    signIn(callback => callback.delete('iss')),
    fails,
    'its metadata says that every response has iss',
  )
  t.false(upstream.asked.includes('POST /token'), 'the code is not sent')
})

test.serial('U-05: a response with another state, or with two, is refused', async t => {
  upstream.asked.length = 0
  await t.throwsAsync(
    signIn(callback => callback.set('state', 'made-up')),
    fails,
  )
  await t.throwsAsync(
    signIn(callback => callback.append('state', 'made-up')),
    fails,
  )
  await t.throwsAsync(
    signIn(callback => callback.delete('state')),
    fails,
  )
  t.false(upstream.asked.includes('POST /token'))
})

test.serial("U-05: another person's code does not work, because its PKCE verifier differs", async t => {
  const attackers = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'attacker')
  const stolen = new URL(
    await upstream.visit(await app.upstreamClient.authorizationUrl(provider, attackers), { as: ada }),
  )
  const failure = await t.throwsAsync(
    signIn(callback => callback.set('code', stolen.searchParams.get('code')!)),
    fails,
  )
  t.is(failure.problem, 'broken')
})

test.serial('access_denied cancels the sign-in; other error codes mean a broken or unavailable provider', async t => {
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(
    await upstream.visit(await app.upstreamClient.authorizationUrl(provider, request), { cancel: true }),
  )
  const failed = (error: string) => {
    back.searchParams.set('error', error)
    return t.throwsAsync(app.upstreamClient.exchangeCode(provider, back.searchParams, request), fails)
  }
  t.like(await failed('access_denied'), { problem: 'cancelled', status: 400 })
  t.like(await failed('temporarily_unavailable'), { problem: 'unavailable', status: 502 })
  t.like(await failed('invalid_scope'), { problem: 'broken', status: 502 })
  const nonsense = await failed('<script>alert(1)</script>\n{"level":60}')
  t.is(nonsense.message, 'it answered an unreadable error')
})

for (const fault of ['failing token', 'silent token', 'silent userinfo', 'huge userinfo'] as const) {
  test.serial(`a provider with a temporary failure is unavailable: ${fault}`, async t => {
    upstream.fault = fault
    t.is((await t.throwsAsync(settles(signIn()), fails)).problem, 'unavailable')
  })
}

test.serial('the end-session request has the ID token and our return URI', async t => {
  const there = new Browser(upstream.url)
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(
    await upstream.visit(await app.upstreamClient.authorizationUrl(provider, request), { as: ada }, there),
  )
  const { idToken } = await app.upstreamClient.exchangeCode(provider, back.searchParams, request)
  const url = await app.upstreamClient.endSessionUrl(provider, { idToken, state: 'one' })
  t.is(await upstream.signOut(url!, there), `${gatehouse.url}/federation/example/signed-out?state=one`)
})

test.serial('without an end-session endpoint there is no logout URL', async t => {
  upstream.metadata = { end_session_endpoint: undefined }
  const other = await upstream.connect(gatehouse, { name: 'no-end-session' })
  t.is(await app.upstreamClient.endSessionUrl(other, { idToken: null, state: 'one' }), null)
  upstream.metadata = {}
})

test.serial('discovery is cached, and repeated after the definition changes', async t => {
  const discoveryRequests = () => upstream.asked.filter(each => each.includes('.well-known')).length
  await signIn()
  upstream.asked.length = 0
  await Promise.all([signIn(), signIn()])
  t.is(discoveryRequests(), 0)
  const changed = await app.scope(() =>
    app.identityProviders.update('example', { secret: 'another secret' }, { by: operator }),
  )
  await app.upstreamClient.endSessionUrl(changed, { idToken: null, state: 'one' })
  t.is(discoveryRequests(), 1)
})

test.serial('a new signing key is fetched at once, and an unknown key is not requested repeatedly', async t => {
  await signIn()
  await upstream.rotateKeys()
  await t.notThrowsAsync(signIn)
  upstream.asked.length = 0
  upstream.fault = 'key from jku'
  await t.throwsAsync(signIn, fails)
  t.is(upstream.asked.filter(each => each === 'GET /jwks').length, 1)
})

test('F-01: an unavailable store is not reported as a provider failure, however deep it is in the chain of causes', t => {
  const unavailable = new StoreUnavailable('Redis', 'it does not answer')
  for (const error of [unavailable, new Error('fetch failed', { cause: new Error('', { cause: unavailable }) })])
    t.is(
      t.throws(() => failureOf(error)),
      unavailable,
    )
  t.is(failureOf(new Error('invalid response')).problem, 'broken')
})
