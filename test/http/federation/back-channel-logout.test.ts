import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { LogoutEndpoint } from '../../support/logout-endpoint.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import type { UpstreamPerson } from '../../support/upstream.ts'
import { FederationSetup, press, providerLink } from './federation-setup.ts'

const setup = await FederationSetup.start({
  env: { OUTBOUND_ALLOW: '127.0.0.1', TRUST_PROXY: 'loopback', SIGN_IN_LIMIT_IP: '30/1h' },
})
const { gatehouse, upstream } = setup
const { app, url } = gatehouse
const other = await upstream.connect(gatehouse, { name: 'other', title: 'Other' })
test.after.always(() => setup.stop())

/** Signs in through the provider; `here` and `there` are one browser, at Gatehouse and at the provider. */
async function signIn(person: UpstreamPerson, rp = setup.rp, through = 'example') {
  const [here, there] = [new Browser(url), new Browser(upstream.url)]
  const begun = await rp.begin()
  await here.open(begun.url.href)
  await press(here, through)
  await here.open(await upstream.visit(providerLink(here), { as: person }, there))
  const claims = (await rp.redeem(begun, here)).claims()!
  return { here, there, id: claims.sub, sid: claims.sid }
}

async function sendLogoutToken(token: string | null, { at = 'example', from = '203.0.113.1' } = {}) {
  const response = await fetch(`${url}/federation/${at}/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams(token === null ? {} : { logout_token: token }),
    headers: { accept: 'application/json', 'x-forwarded-for': from },
  })
  notCacheable(response)
  return { status: response.status, body: (await response.json()) as { error?: string } }
}

/** Checks that a response may not be cached. */
function notCacheable({ headers }: Response): void {
  if (headers.get('cache-control') !== 'no-store') throw new Error('the response may be cached')
}

const sessions = async (id: string) => (await app.sessions.of(id)).length

test('a logout token ends the session in that browser only, and its applications are notified', async t => {
  const channel = await LogoutEndpoint.open(t)
  const rp = await RelyingParty.register(gatehouse, { firstParty: true, backchannelLogoutUri: channel.uri })
  const person = setup.upstreamPerson()
  const phone = await signIn(person, rp)
  const laptop = await signIn(person, rp)
  t.is(await sessions(phone.id), 2)

  await phone.there.open(`${upstream.url}/session/end`)
  await phone.there.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
  t.is(await sessions(phone.id), 1)
  t.is((await phone.here.open(`${url}/account`)).heading, 'Sign in')
  t.is((await laptop.here.open(`${url}/account`)).heading, 'Your account')
  await laptop.here.open(`${url}/account/history`)
  t.regex(laptop.here.text, /Signed out by Example Upstream/)
  t.regex(laptop.here.text, /Signed in to Example with Example Upstream/)
  const [notification] = await channel.arrived(1)
  t.like(notification!.claims, { sub: phone.id, sid: phone.sid })
})

test('a logout token without sid ends all sessions with this provider, and no others', async t => {
  const person = setup.upstreamPerson()
  const one = await signIn(person)
  await signIn(person)
  const bystander = await signIn(setup.upstreamPerson())
  await app.scope(async () => {
    const account = await app.accounts.find(one.id)
    await app.passwordChanges.add(account, 'a horse that is rarely correct', { by: operator })
  })
  const { email } = await app.scope(() => app.accounts.find(one.id))
  await setup.rp.signIn({ id: one.id, email, name: 'Ada', password: 'a horse that is rarely correct' })
  t.is(await sessions(one.id), 3)

  const answer = await sendLogoutToken(await upstream.logoutToken('example', { sub: person.sub }))
  t.is(answer.status, 200)
  t.is(await sessions(one.id), 1, 'the session that began with the password stays')
  t.is(await sessions(bystander.id), 1)
  t.is(
    (await sendLogoutToken(await upstream.logoutToken('example', { sub: 'nobody' }))).status,
    200,
    'an unknown subject is not reported as an error',
  )
  t.is((await sendLogoutToken(await upstream.logoutToken('example', { sub: person.sub, sid: 'another' }))).status, 200)
})

test('a session keeps its upstream session when other applications use it', async t => {
  const person = setup.upstreamPerson()
  const { here, id } = await signIn(person)
  const next = await RelyingParty.register(gatehouse, { firstParty: true })
  await here.open((await next.begin()).url.href)
  t.is((await app.sessions.of(id))[0]?.clients.length, 2)
  t.is((await sendLogoutToken(await upstream.logoutToken('example', { sub: person.sub }))).status, 200)
  t.is(await sessions(id), 0)
})

test('U-08: a disabled provider signs no one in, but can still sign people out', async t => {
  await upstream.connect(gatehouse, { name: 'leaving', title: 'Leaving' })
  const person = setup.upstreamPerson()
  const { id } = await signIn(person, setup.rp, 'leaving')
  await setup.provider('disable', 'leaving')
  const answer = await sendLogoutToken(await upstream.logoutToken('leaving', { sub: person.sub }), { at: 'leaving' })
  t.is(answer.status, 200)
  t.is(await sessions(id), 0)
})

test('U-04: an invalid or replayed logout token, or one of another provider, ends no session', async t => {
  const person = setup.upstreamPerson()
  const first = await signIn(person)
  const used = await upstream.logoutToken('example', { sub: person.sub })
  t.is((await sendLogoutToken(used)).status, 200)
  t.is(await sessions(first.id), 0)
  await signIn(person)

  const token = (claims: object, header?: object) =>
    upstream.logoutToken('example', { sub: person.sub, ...claims }, header as { typ: string })
  const now = Math.floor(Date.now() / 1000)
  const wrong: [string, string | null][] = [
    ['missing', null],
    ['garbage', 'garbage'],
    ['used before', used],
    ["another client's", await upstream.logoutToken('other', { sub: person.sub })],
    ['with a nonce', await token({ nonce: 'n' })],
    ['of another issuer', await token({ iss: 'https://evil.example' })],
    ['without the event', await token({ events: {} })],
    ['without a subject', await token({ sub: undefined })],
    ['old', await token({ iat: now - 86_400, exp: now - 80_000 })],
  ]
  for (const [what, value] of wrong) {
    const { status, body } = await sendLogoutToken(value, { from: '203.0.113.2' })
    t.is(status, 400, what)
    t.is(body.error, 'invalid_request', what)
  }
  t.is(
    (await sendLogoutToken(await token({}), { at: other.name, from: '203.0.113.3' })).status,
    400,
    'sent to the endpoint of another provider',
  )
  t.is((await sendLogoutToken(await token({}), { at: 'unknown' })).status, 404)
  t.is(await sessions(first.id), 1)
})

test('L-03: invalid logout tokens are limited by IP address, and those of the provider still work', async t => {
  const person = setup.upstreamPerson()
  const { id } = await signIn(person)
  const from = '203.0.113.66'
  const answers = []
  for (let i = 0; i < 31; i += 1) answers.push((await sendLogoutToken('rubbish', { from })).status)
  t.deepEqual([answers[0], answers.at(-1)], [400, 429])
  t.is(
    (await sendLogoutToken(await upstream.logoutToken('example', { sub: person.sub }), { from: '203.0.113.4' })).status,
    200,
  )
  t.is(await sessions(id), 0)
})
