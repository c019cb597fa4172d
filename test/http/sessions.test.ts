import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse

const sessionOf = (browser: Browser) => browser.cookies.get('/ gatehouse_session')?.value

/** The result of a request with prompt=none at one of the processes. */
async function silentResult(rp: RelyingParty, browser: Browser, at: string): Promise<'signed in' | string | null> {
  const asked = (await rp.begin({ prompt: 'none' })).url
  const response = await browser.copy().fetch(`${at}${asked.pathname}${asked.search}`)
  const back = new URL(response.headers.get('location') ?? 'about:blank').searchParams
  return back.has('code') ? 'signed in' : back.get('error')
}

test('S-01: signing in gives the browser a new session, and its previous cookies give no access', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  // The attacker has planted a session of their own, and knows an open interaction.
  const { browser: victim } = await rp.signIn(await makePerson(gatehouse, { name: 'Mallory' }))
  const planted = sessionOf(victim)
  t.truthy(planted)
  await victim.open((await rp.begin({ prompt: 'login' })).url.href)
  const attacker = victim.copy()
  const resume = [...victim.cookies.values()].find(({ name }) => name === 'gatehouse_resume')!.path

  await victim.submit({ email: ada.email, password: ada.password })
  await victim.submit({ decision: 'allow' })

  t.not(sessionOf(victim), planted)
  t.is(await silentResult(rp, victim, url), 'signed in')
  for (const at of [url, other.url]) t.is(await silentResult(rp, attacker, at), 'login_required')
  t.is((await attacker.copy().open(resume)).page.status, 400)
})

test('S-01: a session ID that an attacker chose is not accepted, and each sign-in changes the ID', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url)
  const planted = 'x'.repeat(43)
  browser.cookies.set('/ gatehouse_session', {
    name: 'gatehouse_session',
    value: planted,
    path: '/',
    expires: Number.POSITIVE_INFINITY,
  })
  await rp.signIn(ada, {}, browser)
  const first = sessionOf(browser)
  t.not(first, planted)
  const thief = browser.copy()
  await rp.signIn(ada, { prompt: 'login' }, browser)
  t.not(sessionOf(browser), first)
  for (const at of [url, other.url]) {
    t.is(await silentResult(rp, browser, at), 'signed in')
    t.is(await silentResult(rp, thief, at), 'login_required')
  }
})

test('S-01: when another person signs in, the previous session ends', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)
  const before = browser.copy()
  const { tokens } = await rp.signIn(ben, { prompt: 'login' }, browser)
  t.is(tokens.claims()?.sub, ben.id)
  t.is(await silentResult(rp, before, url), 'login_required')
  t.deepEqual(await app.sessions.of(ada.id), [])
  const [event] = await app.scope(() => app.audit.of(ada.id))
  t.like(event?.summary(), { kind: 'session.signed-out', actor: 'visitor' })
})

const endings: Record<string, (ada: Person, browser: Browser) => Promise<unknown>> = {
  'signing out': async (_ada, browser) => {
    await browser.open(`${url}/session/end`)
    await browser.submit({ logout: 'yes' })
  },
  'signing out everywhere': async ada =>
    app.scope(async () => app.signOut.of(await app.accounts.find(ada.id), { by: operator })),
  'a suspension': ada => app.scope(() => app.suspension.suspend(ada.id, { by: operator })),
  'a password reset': async ada => {
    const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
    const elsewhere = await new Browser(url).open(`/reset-password/${token}`)
    await elsewhere.submit({ password: 'another rare and long one' })
  },
  'revocation by an operator': async ada => {
    const [session] = await app.sessions.of(ada.id)
    await app.scope(() => app.sessions.revoke(ada.id, session!.key, { by: operator }))
  },
}

for (const [ending, end] of Object.entries(endings)) {
  test(`S-06: after ${ending}, the old cookies and tokens give no access in any process`, async t => {
    const ada = await makePerson(gatehouse)
    const rp = await RelyingParty.register(gatehouse)
    const { browser, tokens } = await rp.signInToStay(ada)
    const thief = browser.copy()
    for (const at of [url, other.url]) t.is(await silentResult(rp, thief, at), 'signed in')

    await end(ada, browser)

    for (const at of [url, other.url]) {
      t.is(await silentResult(rp, thief, at), 'login_required')
      t.is((await thief.copy().fetch(`${at}/me`, { headers: bearer(tokens.access_token) })).status, 401)
    }
    const refreshed = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
    t.like(refreshed, { status: 400, body: { error: 'invalid_grant' } })
  })
}

test('S-06: a suspended person sees the usual sign-in page, without an error', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  await browser.open((await rp.begin()).url.href)
  t.is(browser.page.status, 200)
  t.is(browser.heading, 'Sign in')
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(browser.page.status, 401)
})

test('S-11: prompt=login and max_age require the password again, and auth_time is updated', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signIn(ada, { max_age: '1000' })
  const first = Number(tokens.claims()?.auth_time)
  t.true(Math.abs(first - Date.now() / 1000) < 60)
  await pause(2100)

  const again = await rp.signIn(ada, { max_age: '1000' }, browser)
  t.is(Number(again.tokens.claims()?.auth_time), first)

  for (const parameters of [{ prompt: 'login' }, { max_age: '1' }] as Record<string, string>[]) {
    const before = Number((await rp.signIn(ada, { max_age: '1000' }, browser)).tokens.claims()?.auth_time)
    await pause(2100)
    const begun = await rp.begin({ ...parameters, ...(parameters.max_age ? {} : { max_age: '1000' }) })
    await browser.open(begun.url.href)
    t.is(browser.heading, 'Sign in')
    const secondTab = browser.copy()
    t.is((await secondTab.open(begun.url.href)).heading, 'Sign in')
    await browser.submit({ email: ada.email, password: 'wrong' })
    t.is(browser.page.status, 401)
    await browser.submit({ email: ada.email, password: ada.password })
    t.true(Number((await rp.redeem(begun, browser)).claims()?.auth_time) > before)
  }
  const silent = (await rp.begin({ prompt: 'none', max_age: '0' })).url.href
  t.is(new URL((await browser.open(silent)).page.url).searchParams.get('error'), 'login_required')
})

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

test('S-01: an attacker who plants an interaction in another browser cannot complete the sign-in of that browser', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const mallory = await new Browser(gatehouse.url).open((await rp.begin()).url.href)
  const victim = new Browser(gatehouse.url)
  for (const [key, cookie] of mallory.cookies) if (cookie.name.endsWith('_interaction')) victim.cookies.set(key, cookie)
  await victim.open(mallory.page.url)
  await victim.submit({ email: ada.email, password: ada.password })

  const uid = new URL(mallory.page.url).pathname.split('/').at(-1)
  // In any notation: the router of the library ignores case and a trailing slash.
  for (const path of [`/auth/${uid}/`, `/AUTH/${uid}`, `/Auth/${uid}/`, `/auth/${uid}`]) {
    await mallory.open(gatehouse.url + path)
    t.is(mallory.page.status, 404, path)
    t.false(
      [...mallory.cookies.values()].some(({ name }) => name.endsWith('_session')),
      path,
    )
  }
  // The library reads the interaction from the cookie, whatever the path says.
  mallory.cookies.set('/auth resume', { name: 'gatehouse_resume', value: uid!, path: '/auth', expires: Infinity })
  for (const path of ['/auth/elsewhere', '/auth/else.where', `/auth/${uid}x`]) {
    await mallory.open(gatehouse.url + path)
    t.is(mallory.page.status, 404, path)
  }
  t.is(await silentResult(rp, mallory, url), 'login_required')
})
