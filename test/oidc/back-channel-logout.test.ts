import test from 'ava'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { jobFailed, jobsDone } from '../support/jobs.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { settles } from '../support/settles.ts'
import { waitFor } from '../support/wait-for.ts'

const env = { OUTBOUND_ALLOW: '127.0.0.1' }
const gatehouse = await startGatehouse({ env, queueIntervals: QUICK })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const registerWithLogoutUri = ({ uri }: { uri: string }, more: Partial<ClientRegistration> = {}) =>
  RelyingParty.register(gatehouse, { backchannelLogoutUri: uri, ...more })

async function signOut(browser: Browser, at = url): Promise<Browser> {
  await browser.open(`${at}/session/end`)
  return browser.submit({ logout: 'yes' })
}

test('discovery announces back-channel logout with session ids', async t => {
  const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json()
  t.like(metadata, { backchannel_logout_supported: true, backchannel_logout_session_supported: true })
})

for (const idTokenAlg of ['ES256', 'RS256'] as const) {
  test(`O-03: a logout token has the claims that the standard requires and cannot pass as an ID token (${idTokenAlg})`, async t => {
    const channel = await LogoutEndpoint.open(t)
    const rp = await registerWithLogoutUri(channel, { idTokenAlg })
    const ada = await makePerson(gatehouse)
    const { browser, tokens } = await rp.signIn(ada)
    await signOut(browser)
    t.is(browser.heading, 'You are signed out')

    const [received] = await channel.arrived(1)
    t.is(received!.request.method, 'POST')
    t.is(received!.request.headers['content-type'], 'application/x-www-form-urlencoded;charset=UTF-8')
    const { payload, protectedHeader } = await jwtVerify(received!.token, createRemoteJWKSet(new URL(`${url}/jwks`)), {
      issuer: url,
      audience: rp.id,
      typ: 'logout+jwt',
    })
    t.is(protectedHeader.alg, idTokenAlg)
    t.deepEqual(Object.keys(payload).sort(), ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
    t.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
    t.is(payload.sub, ada.id)
    t.is(payload.sid, tokens.claims()?.sid)
    t.true(typeof payload.sid === 'string' && payload.sid.length > 20)
    t.true(payload.exp! - payload.iat! <= 120)
    t.true(Math.abs(payload.iat! - Date.now() / 1000) < 120)
    t.regex(payload.jti!, /^[0-9a-f-]{36}$/)
    await jobsDone(app, rp.id)
    t.is(channel.received.length, 1)
  })
}

test('a sign-out notifies only the applications of that session, each with its own sid', async t => {
  const channels = [await LogoutEndpoint.open(t), await LogoutEndpoint.open(t), await LogoutEndpoint.open(t)] as const
  const [one, two, absent] = await Promise.all(channels.map(channel => registerWithLogoutUri(channel)))
  const silent = await RelyingParty.register(gatehouse)
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const hers = await one!.signIn(ada)
  const there = await two!.signIn(ada, {}, hers.browser)
  const [elsewhere, others] = [await one!.signIn(ada), await one!.signIn(grace)]
  await silent.signIn(ada, {}, hers.browser)
  await absent!.signIn(grace)

  await signOut(hers.browser)
  const [[first], [second]] = await Promise.all([channels[0].arrived(1), channels[1].arrived(1)])
  t.is(first!.claims.sid, hers.tokens.claims()?.sid)
  t.is(second!.claims.sid, there.tokens.claims()?.sid)
  t.not(first!.claims.sid, second!.claims.sid)
  t.not(first!.claims.jti, second!.claims.jti)
  for (const { id } of [one!, two!, absent!]) await jobsDone(app, id)
  t.deepEqual(
    channels.map(({ received }) => received.length),
    [1, 1, 0],
  )
  for (const { tokens } of [elsewhere, others]) t.not(tokens.claims()?.sid, first!.claims.sid)
})

test('ID tokens have a sid after a refresh too, but only for applications with back-channel logout', async t => {
  const rp = await registerWithLogoutUri(await LogoutEndpoint.open(t))
  const { tokens } = await rp.signInToStay(await makePerson(gatehouse))
  const { sid } = tokens.claims()!
  t.is((await rp.refresh(tokens.refresh_token!)).claims()?.sid, sid)
  const other = await RelyingParty.register(gatehouse)
  t.is((await other.signIn(await makePerson(gatehouse))).tokens.claims()?.sid, undefined)
})

test('O-03: signing out does not wait for a slow application, which is notified again with the same jti', async t => {
  const late = Promise.withResolvers<number>()
  const channel = await LogoutEndpoint.open(t, { answer: number => (number === 0 ? late.promise : 200) })
  const rp = await registerWithLogoutUri(channel)
  const { browser } = await rp.signIn(await makePerson(gatehouse))
  await settles(signOut(browser))
  t.is(browser.heading, 'You are signed out', 'the application has not responded yet')
  t.not(channel.received[0]?.request.socket.destroyed, true, 'its notification is not sent yet, or still under way')

  const [first] = await channel.arrived(1)
  // Token times are in whole seconds.
  await waitFor(() => Math.floor(Date.now() / 1000) > first!.claims.iat!)
  late.resolve(503)
  const [, second] = await channel.arrived(2)
  t.is(second!.claims.jti, first!.claims.jti)
  t.is(second!.claims.sid, first!.claims.sid)
  t.true(
    second!.claims.exp! > first!.claims.exp!,
    'the logout token is issued again, since it is valid for two minutes only',
  )
})

test('O-03: any number of slow applications does not delay the notification of others', async t => {
  // Short, so that the test is fast, and long enough that ten of them in turn outlast a sign-in on a busy machine.
  const gatehouse = await startGatehouse({ env, queueIntervals: QUICK, outboundTimeout: 4_000 })
  t.teardown(() => gatehouse.stop())
  const { app, url } = gatehouse
  const register = ({ uri }: LogoutEndpoint) => RelyingParty.register(gatehouse, { backchannelLogoutUri: uri })
  const ada = await makePerson(gatehouse)
  const never = new Promise<number>(() => {})
  const slow = await Promise.all(Array.from({ length: 6 }, () => LogoutEndpoint.open(t, { answer: () => never })))
  for (const channel of slow) {
    const rp = await register(channel)
    const about = Array.from({ length: 10 }, (_, number) => ({ client: rp.id, sub: ada.id, sid: String(number) }))
    await app.scope(() => app.backchannelLogout.send(about))
  }
  const channel = await LogoutEndpoint.open(t)
  const { browser } = await (await register(channel)).signIn(ada)
  await signOut(browser, url)
  await channel.arrived(1)
  const tried = slow.map(({ received }) => new Set(received.map(({ claims }) => claims.jti)).size)
  t.true(Math.max(...tried) < 10, `received after ${tried} of ten notifications to each slow application`)
})

test('O-03: an application that was down is notified when it is back, once for each session', async t => {
  const port = await freePort()
  const rp = await registerWithLogoutUri({ uri: `http://127.0.0.1:${port}/signed-out` })
  const ada = await makePerson(gatehouse)
  const sessions = [await rp.signIn(ada), await rp.signIn(ada), await rp.signIn(ada)]
  for (const { browser } of sessions) await signOut(browser)
  await jobFailed(app, rp.id)

  const channel = await LogoutEndpoint.open(t, { port })
  const received = await channel.arrived(3)
  const sids = (claims: (JWTPayload | undefined)[]) => claims.map(each => String(each?.sid)).sort()
  t.deepEqual(sids(received.map(({ claims }) => claims)), sids(sessions.map(({ tokens }) => tokens.claims())))
  await jobsDone(app, rp.id)
  t.is(channel.received.length, 3)
})

test('O-03: a notification that is refused is sent again until it is accepted', async t => {
  const statuses = [400, 503, 204]
  const channel = await LogoutEndpoint.open(t, { answer: number => statuses[number] ?? 500 })
  const rp = await registerWithLogoutUri(channel)
  await signOut((await rp.signIn(await makePerson(gatehouse))).browser)
  const received = await channel.arrived(3)
  t.is(new Set(received.map(({ claims }) => claims.jti)).size, 1)
  await jobsDone(app, rp.id)
  t.is(channel.received.length, 3)
})

test('a notification that failed for good is recorded for operators, not for the person', async t => {
  // The test triggers the second attempt itself, and makes it the last one.
  const gatehouse = await startGatehouse({ env, queueIntervals: { ...QUICK, retry: 600 } })
  t.teardown(() => gatehouse.stop())
  const { app, url } = gatehouse
  const channel = await LogoutEndpoint.open(t, { answer: () => 500 })
  const rp = await RelyingParty.register(gatehouse, { backchannelLogoutUri: channel.uri })
  const ada = await makePerson(gatehouse)
  await signOut((await rp.signIn(ada)).browser, url)
  await channel.arrived(1)
  await jobFailed(app, rp.id)
  const job = "data->>'client' = ? and state = 'retry'"
  const last = `update queue.job set retry_limit = retry_count + 1, start_after = now() where ${job}`
  await app.em.fork().execute(last, [rp.id])
  await channel.arrived(2)
  const recorded = () =>
    app.em
      .fork()
      .execute<object[]>("select * from audit_event where kind = 'client.logout-undelivered' and target = ?", [rp.id])
  await jobsDone(app, rp.id)
  const [event, ...more] = await recorded()
  t.deepEqual(more, [])
  t.like(event, { actor_kind: 'system', subject: null, success: false })
  t.notRegex(JSON.stringify(event), /secret|eyJ/)
  t.false((await app.scope(() => app.audit.of(ada.id))).some(({ kind }) => kind.startsWith('client.')))
  t.is(channel.received.length, 2)
})

test('an application that was removed or no longer has a logout URI is not notified', async t => {
  const port = await freePort()
  const here = { uri: `http://127.0.0.1:${port}/signed-out` }
  const [withoutLogoutUri, removed] = [await registerWithLogoutUri(here), await registerWithLogoutUri(here)]
  const ada = await makePerson(gatehouse)
  for (const rp of [withoutLogoutUri, removed]) await signOut((await rp.signIn(ada)).browser)
  await app.scope(() => app.clients.update(withoutLogoutUri.id, { backchannelLogoutUri: null }, { by: operator }))
  await app.scope(() => app.clients.remove(removed.id, { by: operator }))
  const channel = await LogoutEndpoint.open(t, { port })
  for (const { id } of [withoutLogoutUri, removed]) t.deepEqual(await jobsDone(app, id), ['completed'])
  t.is(channel.received.length, 0)
})

test('signing out of one application while staying signed in notifies only that application', async t => {
  const [left, stayed] = [await LogoutEndpoint.open(t), await LogoutEndpoint.open(t)]
  const [one, two] = [await registerWithLogoutUri(left), await registerWithLogoutUri(stayed)]
  const ada = await makePerson(gatehouse)
  const { browser } = await one.signIn(ada)
  await two.signIn(ada, {}, browser)
  await browser.open(`${url}/session/end?client_id=${one.id}`)
  await browser.submit({})
  t.is(browser.heading, 'You stay signed in')
  await left.arrived(1)
  for (const { id } of [one, two]) await jobsDone(app, id)
  t.deepEqual([left.received.length, stayed.received.length], [1, 0])
})

test('when another person signs in in the same browser, the applications of the previous one are notified', async t => {
  const channel = await LogoutEndpoint.open(t)
  const rp = await registerWithLogoutUri(channel)
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const browser = new Browser(url)
  const hers = await rp.signIn(ada, {}, browser)
  const begun = await rp.begin({ prompt: 'login' })
  await browser.open(begun.url.href)
  await browser.submit({ email: grace.email, password: grace.password })
  if (browser.document.querySelector('[name="decision"]')) await browser.submit({ decision: 'allow' })
  const theirs = await rp.redeem(begun, browser)
  const [received] = await channel.arrived(1)
  t.like(received!.claims, { sub: ada.id, sid: hers.tokens.claims()?.sid as string })
  t.not(theirs.claims()?.sid, received!.claims.sid)
  await jobsDone(app, rp.id)
  t.is(channel.received.length, 1)
})
