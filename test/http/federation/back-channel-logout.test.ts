import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { LogoutEndpoint } from '../../support/logout-endpoint.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import type { UpstreamPerson } from '../../support/upstream.ts'
import { door, press, Setting } from './place.ts'

const setting = await Setting.start({
  env: { OUTBOUND_ALLOW: '127.0.0.1', TRUST_PROXY: 'loopback', SIGN_IN_LIMIT_IP: '30/1h' },
})
const { gatehouse, upstream } = setting
const { app, url } = gatehouse
const other = await upstream.connect(gatehouse, { name: 'other', title: 'Other' })
test.after.always(() => setting.stop())

/** Comes in through the provider: the browser here, and the same one there. */
async function comeIn(person: UpstreamPerson, rp = setting.rp, through = 'example') {
  const [here, there] = [new Browser(url), new Browser(upstream.url)]
  const begun = await rp.begin()
  await here.open(begun.url.href)
  await press(here, through)
  await here.open(await upstream.visit(door(here), { as: person }, there))
  const claims = (await rp.redeem(begun, here)).claims()!
  return { here, there, id: claims.sub, sid: claims.sid }
}

async function tell(token: string | null, { at = 'example', from = '203.0.113.1' } = {}) {
  const response = await fetch(`${url}/federation/${at}/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams(token === null ? {} : { logout_token: token }),
    headers: { accept: 'application/json', 'x-forwarded-for': from },
  })
  unkept(response)
  return { status: response.status, body: (await response.json()) as { error?: string } }
}

/** Nobody keeps an answer. */
function unkept({ headers }: Response): void {
  if (headers.get('cache-control') !== 'no-store') throw new Error('the answer may be kept')
}

const sessions = async (id: string) => (await app.sessions.of(id)).length

test('a logout token ends the session in that browser only, and its applications are notified', async t => {
  const channel = await LogoutEndpoint.open(t)
  const rp = await RelyingParty.register(gatehouse, { firstParty: true, backchannelLogoutUri: channel.uri })
  const person = setting.personThere()
  const phone = await comeIn(person, rp)
  const laptop = await comeIn(person, rp)
  t.is(await sessions(phone.id), 2)

  await phone.there.open(`${upstream.url}/session/end`)
  await phone.there.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
  t.is(await sessions(phone.id), 1)
  t.is((await phone.here.open(`${url}/account`)).heading, 'Sign in')
  t.is((await laptop.here.open(`${url}/account`)).heading, 'Your account')
  await laptop.here.open(`${url}/account/history`)
  t.regex(laptop.here.text, /Signed out by Example Upstream/)
  t.regex(laptop.here.text, /Signed in to Example with Example Upstream/)
  const [told] = await channel.hears(1)
  t.like(told!.claims, { sub: phone.id, sid: phone.sid })
})

test('a logout token without sid ends all sessions with this provider, and no others', async t => {
  const person = setting.personThere()
  const one = await comeIn(person)
  await comeIn(person)
  const bystander = await comeIn(setting.personThere())
  await app.scope(async () => {
    const account = await app.accounts.find(one.id)
    await app.passwordChanges.add(account, 'a horse that is rarely correct', { by: operator })
  })
  const { email } = await app.scope(() => app.accounts.find(one.id))
  await setting.rp.signIn({ id: one.id, email, name: 'Ada', password: 'a horse that is rarely correct' })
  t.is(await sessions(one.id), 3)

  const answer = await tell(await upstream.logoutToken('example', { sub: person.sub }))
  t.is(answer.status, 200)
  t.is(await sessions(one.id), 1, 'who came by the password stays')
  t.is(await sessions(bystander.id), 1)
  t.is((await tell(await upstream.logoutToken('example', { sub: 'nobody' }))).status, 200, 'of nobody nothing is said')
  t.is((await tell(await upstream.logoutToken('example', { sub: person.sub, sid: 'another' }))).status, 200)
})

test('a session keeps its upstream session when other applications use it', async t => {
  const person = setting.personThere()
  const { here, id } = await comeIn(person)
  const next = await RelyingParty.register(gatehouse, { firstParty: true })
  await here.open((await next.begin()).url.href)
  t.is((await app.sessions.of(id))[0]?.clients.length, 2)
  t.is((await tell(await upstream.logoutToken('example', { sub: person.sub }))).status, 200)
  t.is(await sessions(id), 0)
})

test('U-08: a disabled provider signs no one in, but can still sign people out', async t => {
  await upstream.connect(gatehouse, { name: 'leaving', title: 'Leaving' })
  const person = setting.personThere()
  const { id } = await comeIn(person, setting.rp, 'leaving')
  await setting.provider('disable', 'leaving')
  const answer = await tell(await upstream.logoutToken('leaving', { sub: person.sub }), { at: 'leaving' })
  t.is(answer.status, 200)
  t.is(await sessions(id), 0)
})

test('U-04: an invalid or replayed logout token, or one of another provider, ends nothing', async t => {
  const person = setting.personThere()
  const first = await comeIn(person)
  const used = await upstream.logoutToken('example', { sub: person.sub })
  t.is((await tell(used)).status, 200)
  t.is(await sessions(first.id), 0)
  await comeIn(person)

  const token = (claims: object, header?: object) =>
    upstream.logoutToken('example', { sub: person.sub, ...claims }, header as { typ: string })
  const now = Math.floor(Date.now() / 1000)
  const wrong: [string, string | null][] = [
    ['none', null],
    ['garbage', 'garbage'],
    ['used before', used],
    ["another client's", await upstream.logoutToken('other', { sub: person.sub })],
    ['with a nonce', await token({ nonce: 'n' })],
    ['of another issuer', await token({ iss: 'https://evil.example' })],
    ['without the event', await token({ events: {} })],
    ['about nobody', await token({ sub: undefined })],
    ['old', await token({ iat: now - 86_400, exp: now - 80_000 })],
  ]
  for (const [what, value] of wrong) {
    const { status, body } = await tell(value, { from: '203.0.113.2' })
    t.is(status, 400, what)
    t.is(body.error, 'invalid_request', what)
  }
  t.is((await tell(await token({}), { at: other.name, from: '203.0.113.3' })).status, 400, 'at the address of another')
  t.is((await tell(await token({}), { at: 'unknown' })).status, 404)
  t.is(await sessions(first.id), 1)
})

test("L-03: invalid logout tokens are limited by IP address, and the provider's still work", async t => {
  const person = setting.personThere()
  const { id } = await comeIn(person)
  const from = '203.0.113.66'
  const answers = []
  for (let i = 0; i < 31; i += 1) answers.push((await tell('rubbish', { from })).status)
  t.deepEqual([answers[0], answers.at(-1)], [400, 429])
  t.is((await tell(await upstream.logoutToken('example', { sub: person.sub }), { from: '203.0.113.4' })).status, 200)
  t.is(await sessions(id), 0)
})
