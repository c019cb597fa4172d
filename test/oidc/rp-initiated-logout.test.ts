import test from 'ava'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { jobsDone } from '../support/jobs.ts'
import { altered, compact } from '../support/jws.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const BYE = 'https://app.example.org/bye'

async function signedIn(registration: Partial<ClientRegistration> = {}) {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { postLogoutRedirectUris: [BYE], ...registration })
  const { browser, tokens } = await rp.signIn(ada)
  return { ada, rp, browser, hint: tokens.id_token! }
}

const logout = (parameters: Record<string, string>) => `${url}/session/end?${new URLSearchParams(parameters)}`
const sessionsOf = async ({ id }: { id: string }) => (await app.sessions.of(id)).length
const sessionCookies = (browser: Browser) =>
  [...browser.cookies.values()].filter(({ name }) => name.endsWith('_session'))

/** The error of an authorization request with prompt=none. */
async function silentError(rp: RelyingParty, browser: Browser): Promise<string | null> {
  await browser.open((await rp.begin({ prompt: 'none' })).url.href)
  return new URL(browser.page.url).searchParams.get('error')
}

test('oidcc-rp-initiated-logout-discovery-endpoint-verification: discovery names the end-session endpoint', async t => {
  const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json()
  t.is((metadata as Record<string, string>).end_session_endpoint, `${url}/session/end`)
})

for (const [module, state] of [
  ['oidcc-rp-initiated-logout', 'a&b"<'],
  ['oidcc-rp-initiated-logout-no-state', null],
] as const) {
  test(`${module}: an application of the session signs the person out with an ID token hint, in one redirect`, async t => {
    const { ada, rp, browser, hint } = await signedIn()
    const thief = browser.copy()
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: BYE, ...(state && { state }) }
    const answer = await browser.fetch(logout(parameters))
    t.is(answer.status, 303)
    const back = new URL(answer.headers.get('location')!)
    t.is(back.origin + back.pathname, BYE)
    t.deepEqual([...back.searchParams], state ? [['state', state]] : [])
    t.is(answer.headers.get('cache-control'), 'no-store')
    t.deepEqual(sessionCookies(browser), [])
    t.is(await sessionsOf(ada), 0)
    for (const each of [browser, thief]) t.is(await silentError(rp, each), 'login_required')
  })
}

test('a logout with a hint does everything that a confirmed one does', async t => {
  const channels = [await LogoutEndpoint.open(t), await LogoutEndpoint.open(t)] as const
  const { ada, rp, browser, hint } = await signedIn({ backchannelLogoutUri: channels[0].uri })
  const other = await RelyingParty.register(gatehouse, { backchannelLogoutUri: channels[1].uri })
  const { tokens } = await other.signInToStay(ada, browser)
  const elsewhere = await rp.signIn(ada)

  const answer = await browser.fetch(logout({ id_token_hint: hint, client_id: rp.id }))
  t.is(answer.headers.get('location'), `${url}/session/end/success`)
  for (const [channel, sid] of [
    [channels[0], decodeJwt(hint).sid],
    [channels[1], tokens.claims()?.sid],
  ] as const)
    t.like((await channel.arrived(1))[0]!.claims, { sub: ada.id, sid: sid as string })
  for (const { id } of [rp, other]) t.deepEqual(await jobsDone(app, id), ['completed'])
  await t.throwsAsync(other.refresh(tokens.refresh_token!))
  t.is(await sessionsOf(ada), 1, 'the session of another browser stays')
  t.is(await silentError(rp, elsewhere.browser), null)
  const [event, ...earlier] = await app.scope(() => app.audit.of(ada.id, { kinds: ['session.signed-out'] }))
  t.like(event?.summary(), { kind: 'session.signed-out', actor: 'visitor', target: rp.id })
  t.deepEqual(earlier, [])
})

test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri: with a hint alone, the page says that the person is signed out', async t => {
  const { ada, browser, hint } = await signedIn()
  await browser.open(logout({ id_token_hint: hint, state: 'x' }))
  t.is(browser.heading, 'You are signed out')
  t.false(browser.text.includes(ada.email))
  t.is(await sessionsOf(ada), 0)
})

for (const [module, parameters] of [
  ['oidcc-rp-initiated-logout-no-params', {}],
  ['oidcc-rp-initiated-logout-only-state', { state: 'x' }],
] as const) {
  test(`${module}: the person confirms, and the page says that they are signed out`, async t => {
    const { ada, browser } = await signedIn()
    await browser.open(logout(parameters))
    t.is(browser.heading, 'Sign out?')
    await browser.submit({ logout: 'yes' })
    t.is(browser.heading, 'You are signed out')
    t.is(await sessionsOf(ada), 0)
  })
}

test('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: an address that is not registered is refused', async t => {
  const { ada, browser, hint } = await signedIn()
  for (const address of ['https://evil.test/bye', 'https://app.example.org/callback']) {
    const answer = await browser.fetch(logout({ id_token_hint: hint, post_logout_redirect_uri: address }))
    t.deepEqual([answer.status, answer.headers.get('location')], [400, null], address)
  }
  t.is(await sessionsOf(ada), 1)
})

test('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: an added query is refused', async t => {
  const { ada, browser, hint } = await signedIn()
  const answer = await browser.fetch(logout({ id_token_hint: hint, post_logout_redirect_uri: `${BYE}?foo=bar` }))
  t.deepEqual([answer.status, answer.headers.get('location')], [400, null])
  t.is(await sessionsOf(ada), 1)
})

test('oidcc-rp-initiated-logout-modified-id-token-hint, oidcc-rp-initiated-logout-bad-id-token-hint: a hint without our signature is refused', async t => {
  const { ada, browser, hint } = await signedIn()
  const unsigned = compact({ ...decodeProtectedHeader(hint), alg: 'none' }, decodeJwt(hint))
  const stranger = await startGatehouse()
  t.teardown(() => stranger.stop())
  const foreign = await (await RelyingParty.register(stranger)).signIn(await makePerson(stranger))
  for (const bad of [unsigned, foreign.tokens.id_token!, altered(hint, { sub: 'another person' })]) {
    const answer = await browser.fetch(logout({ id_token_hint: bad, post_logout_redirect_uri: BYE }))
    t.deepEqual([answer.status, answer.headers.get('location')], [400, null])
  }
  t.is(await sessionsOf(ada), 1)
})

test('oidcc-rp-initiated-logout-no-id-token-hint: without a hint the person is asked, and the address is not used without a client', async t => {
  const { ada, browser } = await signedIn()
  await browser.open(logout({ post_logout_redirect_uri: BYE, state: 'x' }))
  t.is(browser.heading, 'Sign out?')
  t.is(await sessionsOf(ada), 1)
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')
})

test('O-01: a hint about another person, another session or from an application outside this session is not enough', async t => {
  const backchannelLogoutUri = 'https://app.example.org/signed-out'
  const { ada, rp, browser, hint } = await signedIn({ backchannelLogoutUri })
  const elsewhere = await rp.signIn(ada)
  const grace = await rp.signIn(await makePerson(gatehouse))
  const outside = await RelyingParty.register(gatehouse, { postLogoutRedirectUris: [BYE] })
  const there = await outside.signIn(ada)
  t.not(elsewhere.tokens.claims()?.sid, decodeJwt(hint).sid)
  for (const [whose, { tokens }] of Object.entries({ elsewhere, grace, there })) {
    await browser.open(logout({ id_token_hint: tokens.id_token!, post_logout_redirect_uri: BYE }))
    t.is(browser.heading, 'Sign out?', whose)
  }
  t.is(await sessionsOf(ada), 3)
  await browser.open(logout({ id_token_hint: hint, post_logout_redirect_uri: BYE }))
  t.is(browser.page.url, BYE)
  t.is(await sessionsOf(ada), 2)
})

test('O-01: a client that left the session cannot end it without a question, nor can a client named like a built-in property', async t => {
  const { ada, rp, browser, hint } = await signedIn()
  const strange = await RelyingParty.register(gatehouse, { id: 'constructor', postLogoutRedirectUris: [BYE] })
  const { tokens } = await strange.signIn(ada)
  await browser.open(logout({ client_id: rp.id }))
  await browser.submit({})
  t.is(browser.heading, 'You stay signed in')
  for (const each of [hint, tokens.id_token!]) {
    await browser.open(logout({ id_token_hint: each }))
    t.is(browser.heading, 'Sign out?')
  }
  t.is(await sessionsOf(ada), 2)
})

test('S-04: a HEAD request with a hint changes nothing', async t => {
  const { ada, browser, hint } = await signedIn()
  t.is((await browser.fetch(logout({ id_token_hint: hint }), { method: 'HEAD' })).status, 200)
  t.is(await sessionsOf(ada), 1)
})

test('a hint signs no one out whose browser has no session here, and the person returns to the application', async t => {
  const { ada, hint } = await signedIn()
  const parameters = { id_token_hint: hint, post_logout_redirect_uri: BYE, state: 'x' }
  const answer = await new Browser(url).fetch(logout(parameters))
  t.deepEqual([answer.status, answer.headers.get('location')], [303, `${BYE}?state=x`])
  t.deepEqual(answer.headers.getSetCookie(), [])
  t.is(await sessionsOf(ada), 1)
})

test('S-06: with the cookie of a renewed or revoked session, a logout with a hint ends no other session and returns to the application', async t => {
  const { ada, rp, browser, hint } = await signedIn()
  const old = browser.copy()
  await rp.signIn(ada, { prompt: 'login' }, browser)
  await old.open(logout({ id_token_hint: hint, post_logout_redirect_uri: BYE }))
  t.is(old.page.url, BYE)
  t.is(await sessionsOf(ada), 1, 'the cookie from before the sign-in names no session')
  await app.scope(() => app.sessions.revokeOthers(ada.id, null, { by: operator }))
  await browser.open(logout({ id_token_hint: hint, post_logout_redirect_uri: BYE }))
  t.is(browser.page.url, BYE)
  t.is(await sessionsOf(ada), 0)
})

test('a native application is signed out and opened at its own address', async t => {
  const [redirectUri, bye] = ['http://127.0.0.1/callback', 'com.example.app:/bye']
  const native = await RelyingParty.register(gatehouse, {
    profile: 'native',
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [bye],
  })
  const begun = await native.begin({ redirect_uri: redirectUri })
  const browser = await native.visit(begun, await makePerson(gatehouse))
  const { id_token } = await native.redeem(begun, browser)
  const answer = await browser.fetch(logout({ id_token_hint: id_token!, post_logout_redirect_uri: bye, state: 'x' }))
  t.deepEqual([answer.status, answer.headers.get('location')], [303, `${bye}?state=x`])
})

test.serial('an ID token that has expired is still a valid hint', async t => {
  const { ada, rp, browser, hint } = await signedIn()
  const time = new TimeTravel(t)
  time.pass(decodeJwt(hint).exp! - Date.now() / 1000 + 3600)
  t.is(await silentError(rp, browser), null, 'the session is still alive')
  await browser.open(logout({ id_token_hint: hint, post_logout_redirect_uri: BYE }))
  t.is(browser.page.url, BYE)
  t.is(await sessionsOf(ada), 0)
})
