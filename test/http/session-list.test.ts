import test from 'ava'
import { type Actor, operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { EDGE, FIREFOX, SAFARI } from '../support/user-agents.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { TRUST_PROXY: '127.0.0.0/8' } })
const other = await gatehouse.another()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse

const browse = (userAgent = FIREFOX, ip = '198.51.100.1') =>
  new Browser(url, { 'user-agent': userAgent, 'x-forwarded-for': ip })
const self = ({ id }: Person): Actor => ({ kind: 'account', id, ip: '198.51.100.1', userAgent: FIREFOX })
const revoke = (person: Person, key: string) =>
  app.scope(() => app.sessions.revoke(person.id, key, { by: self(person) }))
const revokeOthers = (person: Person, uid: string | null) =>
  app.scope(() => app.sessions.revokeOthers(person.id, uid, { by: self(person) }))

async function signedIn(rp: RelyingParty, browser: Browser, at = url): Promise<boolean> {
  const asked = (await rp.begin({ prompt: 'none' })).url
  const response = await browser.copy().fetch(`${at}${asked.pathname}${asked.search}`)
  return new URL(response.headers.get('location') ?? 'about:blank').searchParams.has('code')
}

const refreshed = async (rp: RelyingParty, token: string | undefined) =>
  (await rp.post('/token', { grant_type: 'refresh_token', refresh_token: token! })).status === 200

test.serial('each session is listed with its device, IP address, times and applications, newest first', async t => {
  const ada = await makePerson(gatehouse)
  const [one, two] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  const hers = browse(FIREFOX, '203.0.113.7')
  await one.signIn(ada, {}, hers)
  await two.signIn(ada, {}, hers)
  clock.advance(2)
  await one.signIn(ada, {}, browse(SAFARI, '2001:db8::7'))

  const [phone, desk, ...more] = await app.sessions.of(ada.id)
  t.deepEqual(more, [])
  t.like(phone, { device: 'Safari on iOS', browser: 'Safari', system: 'iOS', ip: '2001:db8::7', clients: [one.id] })
  t.like(desk, { device: 'Firefox on Linux', ip: '203.0.113.7' })
  t.deepEqual(desk!.clients.toSorted(), [one.id, two.id].toSorted())
  t.not(phone!.uid, desk!.uid)
  for (const { signedInAt, lastSeenAt, expiresAt } of [phone!, desk!]) {
    t.true(Math.abs(signedInAt.getTime() - clock.now().getTime()) < 120_000)
    t.true(lastSeenAt.getTime() >= signedInAt.getTime() - 1000)
    t.true(expiresAt > lastSeenAt)
  }
})

test.serial('the listed values of a session give no access', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada, {}, browse())
  const [session] = await app.sessions.of(ada.id)
  const cookie = browser.cookies.get('/ gatehouse_session')!
  t.false(JSON.stringify(session).includes(cookie.value))
  for (const value of [session!.key, session!.uid]) {
    const thief = browser.copy()
    thief.cookies.set('/ gatehouse_session', { ...cookie, value })
    t.false(await signedIn(rp, thief))
  }
})

test.serial('the IP address and time are those of the last use, accurate to 15 minutes', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const home = browse(FIREFOX, '203.0.113.7')
  await rp.signIn(ada, {}, home)
  const [before] = await app.sessions.of(ada.id)

  const visitFrom = async (ip: string) => {
    const moved = browse(FIREFOX, ip)
    for (const [name, cookie] of home.cookies) moved.cookies.set(name, cookie)
    await moved.open((await rp.begin({ prompt: 'none' })).url.href)
    return (await app.sessions.of(ada.id))[0]!
  }
  t.like(await visitFrom('203.0.113.8'), { ip: '203.0.113.7', lastSeenAt: before!.lastSeenAt })
  clock.advance(15 * 60 + 1)
  const after = await visitFrom('203.0.113.9')
  t.is(after.ip, '203.0.113.9')
  t.true(after.lastSeenAt.getTime() - before!.lastSeenAt.getTime() > 15 * 60 * 1000)
  t.deepEqual(after.signedInAt, before!.signedInAt)
  t.is(after.key, before!.key)
})

test.serial(
  'S-06: revoking a session also revokes the grants of its applications, in every process; other sessions stay',
  async t => {
    const ada = await makePerson(gatehouse)
    const rp = await RelyingParty.register(gatehouse)
    const [desk, phone] = [await rp.signInToStay(ada, browse()), await rp.signInToStay(ada, browse(SAFARI))]
    const target = (await app.sessions.of(ada.id)).find(({ system }) => system === 'iOS')!
    await revoke(ada, target.key)

    for (const at of [url, other.url]) {
      t.false(await signedIn(rp, phone.browser, at))
      t.true(await signedIn(rp, desk.browser, at))
    }
    t.false(await refreshed(rp, phone.tokens.refresh_token))
    t.true(await refreshed(rp, desk.tokens.refresh_token))
    await t.throwsAsync(revoke(ada, target.key), { instanceOf: NotFound })
    const [event] = await app.scope(() => app.history.of(ada.id))
    t.like(event, { kind: 'session.revoked', ip: '198.51.100.1', device: 'Firefox on Linux' })
  },
)

test.serial('S-06: revoking all other sessions keeps the current one', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const mine = await rp.signInToStay(ada, browse())
  const uid = (await app.sessions.of(ada.id))[0]!.uid
  const others = [await rp.signInToStay(ada, browse(SAFARI)), await rp.signInToStay(ada, browse(EDGE))]
  t.is(await revokeOthers(ada, uid), 2)

  for (const at of [url, other.url]) {
    t.true(await signedIn(rp, mine.browser, at))
    for (const { browser } of others) t.false(await signedIn(rp, browser, at))
  }
  t.true(await refreshed(rp, mine.tokens.refresh_token))
  for (const { tokens } of others) t.false(await refreshed(rp, tokens.refresh_token))
  t.is(await revokeOthers(ada, uid), 0)
  const kinds = (await app.scope(() => app.history.of(ada.id))).map(({ kind }) => kind)
  t.is(kinds.filter(kind => kind === 'sessions.others-revoked').length, 1)
  t.is(await revokeOthers(ada, null), 1)
})

test.serial('A-02: a person cannot revoke the sessions of another account', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Eve' })]
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada, {}, browse())
  await rp.signIn(eve, {}, browse())
  const [session] = await app.sessions.of(ada.id)
  const [own] = await app.sessions.of(eve.id)

  for (const key of [session!.key, session!.uid, '', '*', '../x', '\0'])
    await t.throwsAsync(revoke(eve, key), { instanceOf: NotFound }, JSON.stringify(key))
  t.is(await revokeOthers(eve, session!.uid), 1)
  t.true(await signedIn(rp, browser))
  t.deepEqual(await app.sessions.of(eve.id), [])
  t.not(own!.key, session!.key)
})

test.serial('A-08: a hostile user agent is shown as one harmless line', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  await rp.signIn(ada, {}, browse('evil\u0085\u009b[2Jx/1.0'))
  const [session] = await app.sessions.of(ada.id)
  t.is(session!.device, 'evil')
  const [event] = await app.scope(() => app.audit.of(ada.id, { kinds: ['sign-in.succeeded'] }))
  t.notRegex(String(event!.userAgent), /\p{C}/u)
})

test.serial('a session without stored metadata is listed too', async t => {
  const ada = await makePerson(gatehouse)
  const payload = {
    accountId: ada.id,
    uid: 'from-before',
    loginTs: 1_700_000_000,
    iat: 1_700_000_000,
    exp: 2_000_000_000,
  }
  await app.artifacts.commit([{ do: 'put', kind: 'Session', id: 'secret', payload, ttl: 60 }])
  const [session] = await app.sessions.of(ada.id)
  t.like(session, { device: '', ip: null, uid: 'from-before', clients: [] })
  t.is(session!.lastSeenAt.getTime(), 1_700_000_000_000)
  await app.scope(() => app.sessions.revoke(ada.id, session!.key, { by: operator }))
  t.deepEqual(await app.sessions.of(ada.id), [])
})
