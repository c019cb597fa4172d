import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import {
  addAccount,
  chooseAccount,
  currentAccount,
  offeredIn,
  openChooser,
  USE_ANOTHER,
} from '../support/account-chooser.ts'
import type { Browser } from '../support/browser.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { SIGN_IN_LIMIT_IP: '1000/1h', EMAIL_VERIFICATION: 'required', OUTBOUND_ALLOW: '127.0.0.1' },
  queueIntervals: QUICK,
})
const { app, url } = gatehouse
const BYE = 'https://app.example.org/bye'
const rp = await RelyingParty.register(gatehouse, { firstParty: true, postLogoutRedirectUris: [BYE] })
test.after.always(() => gatehouse.stop())

const OTHERS = '/ gatehouse_others'

const current = (browser: Browser) => currentAccount(rp, browser)
const person = (name: string) => makePerson(gatehouse, { name, emailVerified: true })
const sessions = async (...people: Person[]) =>
  Promise.all(people.map(async ({ id }) => (await app.sessions.of(id)).length))
const kindsOf = async ({ id }: Person) =>
  (await app.scope(() => app.audit.of(id))).map(event => event.summary().kind as string)

/** A browser in which Ada and then Ben have signed in; Ben is the current one. */
async function both() {
  const [ada, ben] = [await person('Ada'), await person('Ben')]
  const { browser, tokens } = await rp.signIn(ada)
  const alone = browser.copy()
  const second = await addAccount(rp, browser, ben)
  return { ada, ben, browser, alone, tokens: { ada: tokens, ben: second } }
}

/** Who a thief with these cookies can be. */
async function reach(thief: Browser) {
  await openChooser(rp, thief)
  return { current: await current(thief), offered: offeredIn(thief) }
}

test('S-01: cookies that were copied before an account was added, or before a switch, are useless afterwards', async t => {
  const { ada, browser, alone } = await both()
  t.deepEqual(await reach(alone), { current: null, offered: [] })
  const thief = browser.copy()
  await chooseAccount(rp, browser, ada)
  t.is(await current(browser), ada.id)
  t.deepEqual(await reach(thief), { current: null, offered: [] })
  t.is((await reach(browser)).offered.length, 2)
})

test('S-01: an attacker who plants a chooser in another browser cannot complete its choice', async t => {
  const { ada, ben, browser } = await both()
  const mallory = (await rp.signIn(await person('Mallory'))).browser
  await openChooser(rp, mallory)
  const uid = new URL(mallory.page.url).pathname.split('/').at(-1)!
  for (const [key, cookie] of mallory.cookies)
    if (cookie.name === 'gatehouse_interaction') browser.cookies.set(key, cookie)
  await browser.open(mallory.page.url)
  await browser.submit({ account: ada.id })
  await mallory.open(`${url}/auth/${uid}`)
  t.is(mallory.page.status, 404)
  t.is(await current(browser), ben.id)
  for (const victim of [ada, ben]) t.not(await current(mallory), victim.id)
})

test('S-04: a choice that another site sends, or one without the token of its page, changes nothing', async t => {
  const { ada, ben, browser } = await both()
  await openChooser(rp, browser)
  const { url: first } = browser.page
  const csrf = browser.field('csrf')!
  await openChooser(rp, browser)
  const [action, token] = [`${browser.page.url}/account`, browser.field('csrf')!]
  const send = (body: string | URLSearchParams, headers: Record<string, string>) =>
    browser.copy().fetch(action, { method: 'POST', body, headers })
  const choice = (fields: Record<string, string>) => new URLSearchParams({ account: ada.id, ...fields })
  const own = { origin: url, 'sec-fetch-site': 'same-origin' }
  const other = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
  for (const response of [
    await send(choice({ csrf: token }), other),
    await send(choice({ csrf: token }), { 'sec-fetch-site': 'cross-site' }),
    await send(choice({}), own),
    await send(choice({ csrf }), own),
    await send(choice({ csrf: `${token}x` }), own),
    await send(choice({ csrf: token }).toString(), { ...own, 'content-type': 'text/plain' }),
    await browser.copy().fetch(`${action}?${choice({ csrf: token })}`),
    await browser.copy().fetch(`${action}?${choice({ csrf: token })}`, { method: 'HEAD' }),
    await browser.copy().fetch(`${first}/account`, { method: 'POST', body: choice({ csrf: token }), headers: own }),
  ]) {
    t.true(response.status >= 400 && response.status < 500, String(response.status))
    t.deepEqual(
      response.headers.getSetCookie().filter(line => /_(session|others)=/.test(line)),
      [],
    )
  }
  for (const uid of [first, browser.page.url].map(address => address.split('/').at(-1)!)) {
    const resumed = await browser.fetch(`${url}/auth/${uid}`)
    t.false((resumed.headers.get('location') ?? '').includes('code='))
  }
  t.is(await current(browser), ben.id)
  t.deepEqual(await sessions(ada, ben), [1, 1])
})

test('S-04: an expired page of the chooser is shown again, with the reason', async t => {
  const { ada, browser } = await both()
  const begun = await openChooser(rp, browser)
  await browser.open(`${browser.page.url}/account`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ csrf: 'old', account: ada.id }),
  })
  t.is(browser.page.status, 403)
  t.is(browser.heading, 'Choose an account')
  t.true(browser.text.includes('This page timed out'))
  await browser.submit({ account: ada.id })
  t.is((await rp.redeem(begun, browser)).claims()?.sub, ada.id)
})

test('S-04: a form names only accounts of its own browser, in a chooser', async t => {
  const { ada, ben, browser } = await both()
  const carol = await person('Carol')
  const elsewhere = await rp.signIn(carol)
  const [session] = await app.sessions.of(carol.id)
  const copied = elsewhere.browser.cookies.get('/ gatehouse_session')!.value
  for (const account of [carol.id, session!.uid, session!.key, copied, '', '*', `${carol.id} ${ben.id}`]) {
    await openChooser(rp, browser)
    await browser.submit({ account })
    t.is(browser.heading, 'Choose an account', account)
    t.is(await current(browser), ben.id)
  }

  // The page of a normal sign-in does not switch, even if its own token is used.
  await browser.open((await rp.begin({ prompt: 'login' })).url.href)
  t.is(browser.heading, 'Sign in')
  await browser.open(`${browser.page.url}/account`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ csrf: browser.field('csrf')!, account: ada.id }),
  })
  t.is(browser.heading, 'Sign in')
  t.is(await current(browser), ben.id)
})

test('S-05: a cookie of other sessions with one changed byte is ignored', async t => {
  const { ben, browser } = await both()
  const cookie = browser.cookies.get(OTHERS)!
  const { length } = cookie.value
  const open = browser.cookies.get('/ gatehouse_open')!
  const changed = [0, 3, 12, Math.floor(length / 2), length - 1].map(at => {
    const other = cookie.value[at] === 'A' ? 'B' : 'A'
    return cookie.value.slice(0, at) + other + cookie.value.slice(at + 1)
  })
  const readable = browser.cookies.get('/ gatehouse_session')!.value
  for (const value of [...changed, cookie.value.slice(0, -1), `${cookie.value}A`, readable, open.value, '.']) {
    const copy = browser.copy()
    copy.cookies.set(OTHERS, { ...cookie, value })
    t.deepEqual(await reach(copy), { current: ben.id, offered: [ben.id] })
  }
})

test('S-06: signing out signs out every account of the browser, and notifies the applications of each', async t => {
  const channel = await LogoutEndpoint.open(t)
  const notified = await RelyingParty.register(gatehouse, { firstParty: true, backchannelLogoutUri: channel.uri })
  const { ada, ben, browser } = await both()
  const carol = await person('Carol')
  const sids = []
  for (const each of [ada, ben]) {
    const begun = await chooseAccount(notified, browser, each)
    sids.push((await notified.redeem(begun, browser)).claims()?.sid)
  }
  await addAccount(rp, browser, carol)
  const { tokens } = await rp.signIn(carol, { scope: 'openid offline_access', prompt: 'consent' }, browser)
  const thief = browser.copy()

  await browser.open(`${url}/session/end`)
  for (const { email } of [ada, ben, carol]) t.true(browser.text.includes(email), 'the page names everyone')
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')

  t.deepEqual(await sessions(ada, ben, carol), [0, 0, 0])
  t.false(browser.cookies.has(OTHERS))
  for (const copy of [thief, browser]) t.deepEqual(await reach(copy), { current: null, offered: [] })
  for (const each of [ada, ben, carol]) t.is((await kindsOf(each))[0], 'session.signed-out')
  if (tokens.refresh_token) await t.throwsAsync(rp.refresh(tokens.refresh_token))
  await channel.arrived(2)
  const named = channel.received.map(({ claims }) => [claims.sub, claims.sid])
  for (const [index, { id }] of [ada, ben].entries())
    t.deepEqual(
      named.find(([sub]) => sub === id),
      [id, sids[index]],
    )
})

test('O-01: an ID token of one account ends no session of another without a question that names them', async t => {
  const { ada, ben, browser, tokens } = await both()
  const bens = await RelyingParty.register(gatehouse, { firstParty: true, postLogoutRedirectUris: [BYE] })
  const own = await bens.signIn(ben, {}, browser)
  const signOut = (hint: string) => {
    const parameters = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: BYE, state: 'x' })
    return browser.open(`${url}/session/end?${parameters}`)
  }
  for (const { id_token } of [tokens.ada, tokens.ben, own.tokens]) {
    await signOut(id_token!)
    t.is(browser.heading, 'Sign out?')
    t.true(browser.text.includes(`These accounts are signed out too: ${ada.email}`))
    t.true(browser.text.includes(`You are signed in as ${ben.email}`))
    t.deepEqual(await sessions(ada, ben), [1, 1])
  }
  await browser.submit({ logout: 'yes' })
  await browser.goOn()
  t.is(browser.page.url, `${BYE}?state=x`)
  t.deepEqual(await sessions(ada, ben), [0, 0])
  t.false(browser.cookies.has(OTHERS))
})

test('an ID token signs the person out without a question again once the other accounts have ended', async t => {
  const { ada, ben, browser, tokens } = await both()
  const [session] = await app.sessions.of(ada.id)
  await app.scope(() => app.sessions.revoke(ada.id, session!.key, { by: operator }))
  await browser.open(`${url}/session/end?${new URLSearchParams({ id_token_hint: tokens.ben.id_token! })}`)
  t.is(browser.heading, 'You are signed out')
  t.deepEqual(await sessions(ada, ben), [0, 0])
})

test('S-06: a person who stays signed in keeps all accounts', async t => {
  const { ada, ben, browser } = await both()
  await browser.open(`${url}/session/end`)
  await browser.submit({})
  t.is(browser.heading, 'You stay signed in')
  t.deepEqual(await sessions(ada, ben), [1, 1])
  t.is((await reach(browser)).offered.length, 2)
})

test('O-01: the other accounts are not signed out without a question when the current session has ended', async t => {
  const { ada, ben, browser } = await both()
  const [session] = await app.sessions.of(ben.id)
  await app.scope(() => app.sessions.revoke(ben.id, session!.key, { by: operator }))
  for (const decision of [{}, { logout: 'yes' }] as Record<string, string>[]) {
    await browser.open(`${url}/session/end`)
    t.is(browser.heading, 'Sign out?')
    t.true(browser.text.includes(`You will be signed out of: ${ada.email}`))
    t.notRegex(browser.text, /signed out too|You are signed in as/)
    t.deepEqual(await sessions(ada), [1])
    await browser.submit(decision)
    t.is(browser.heading, 'logout' in decision ? 'You are signed out' : 'You stay signed in')
    t.is(browser.text.includes('Your other accounts are still signed in.'), !('logout' in decision))
    t.false(browser.text.includes(ada.email), 'no one is the current person')
  }
  t.deepEqual(await sessions(ada), [0])
})

test('S-06: after an ordinary sign-in of another person, none of the earlier accounts is left', async t => {
  const { ada, ben, browser } = await both()
  const carol = await person('Carol')
  const thief = browser.copy()
  await rp.signIn(carol, { prompt: 'login' }, browser)
  t.deepEqual(await reach(browser), { current: carol.id, offered: [carol.id] })
  t.deepEqual(await reach(thief), { current: null, offered: [] })
  t.deepEqual(await sessions(ada, ben, carol), [0, 0, 1])
})

test('signing in again as the current person keeps the other accounts', async t => {
  const { ada, ben, browser } = await both()
  await rp.signIn(ben, { prompt: 'login' }, browser)
  t.deepEqual(await reach(browser), { current: ben.id, offered: [ben.id, ada.id] })
})

const endings: Record<string, (ada: Person) => Promise<unknown>> = {
  'was suspended': ({ id }) => app.scope(() => app.suspension.suspend(id, { by: operator })),
  'was signed out everywhere': ({ id }) =>
    app.scope(async () => app.signOut.of(await app.accounts.find(id), { by: operator })),
  'was erased': ({ id }) => app.scope(async () => app.erasure.of(await app.accounts.find(id), { by: operator })),
  'ended its session elsewhere': async ({ id }) => {
    const [session] = await app.sessions.of(id)
    await app.scope(() => app.sessions.revoke(id, session!.key, { by: operator }))
  },
  'must verify its email': ({ id }) =>
    app.scope(async () => {
      const account = await app.accounts.find(id)
      account.emailVerified = false
      await app.em.flush()
    }),
}

for (const [what, end] of Object.entries(endings)) {
  test(`S-06: an account that ${what} is not offered, and cannot be chosen on an open page`, async t => {
    const { ada, ben, browser } = await both()
    const begun = await openChooser(rp, browser)
    t.is(offeredIn(browser).length, 2)
    await end(ada)
    await browser.submit({ account: ada.id })
    t.is(browser.heading, 'Choose an account')
    t.deepEqual(offeredIn(browser), [ben.id])
    t.true(browser.text.includes(USE_ANOTHER))
    await browser.submit({ account: ben.id })
    t.is((await rp.redeem(begun, browser)).claims()?.sub, ben.id)
    if (what === 'must verify its email') {
      await browser.open(`${url}/session/end`)
      await browser.submit({ logout: 'yes' })
      t.deepEqual(await sessions(ada), [0], 'it is signed out all the same')
    }
  })
}

test('S-06: an account that ends between the choice and the answer gets no code', async t => {
  const { ada, ben, browser } = await both()
  await openChooser(rp, browser)
  const uid = browser.page.url.split('/').at(-1)!
  await browser.fetch(`${browser.page.url}/account`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ csrf: browser.field('csrf')!, account: ada.id }),
  })
  await endings['ended its session elsewhere']!(ada)
  await browser.open(`${url}/auth/${uid}`)
  t.is(browser.page.status, 400)
  t.is(browser.heading, 'This page has expired')
  t.is(await current(browser), ben.id)
})
