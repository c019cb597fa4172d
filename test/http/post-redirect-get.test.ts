import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const BYE = 'https://app.example.org/bye'
const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const CROSS_SITE = { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' }

/** Submits a form as from a page of another site: the POST has no cookies, the redirect that follows has them. */
async function submitFromOtherSite(browser: Browser, address: string, fields: URLSearchParams, at = url) {
  const answer = await new Browser(url).fetch(`${at}${address}`, { method: 'POST', headers: CROSS_SITE, body: fields })
  const location = answer.headers.get('location') ?? ''
  if (answer.status === 303) await browser.open(new URL(location, url).href)
  return { answer, location }
}

test('an authorization request by POST uses the session, and its parameters are not in the URL', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)
  const begun = await rp.begin({ prompt: 'none', login_hint: ada.email })
  const { answer, location } = await submitFromOtherSite(browser, '/auth', begun.url.searchParams, other.url)

  t.is(answer.status, 303)
  t.deepEqual(answer.headers.getSetCookie(), [])
  t.regex(location, /^\/auth\?post_id=[\w-]{22}$/)
  t.is((await rp.redeem(begun, browser)).claims()?.sub, ada.id)
})

test('an authorization request by POST without a session continues after the sign-in', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const begun = await rp.begin({ ui_locales: 'ru', state: `long ${'x'.repeat(4_000)}` })
  const browser = new Browser(url)
  await submitFromOtherSite(browser, '/auth', begun.url.searchParams)
  t.is(browser.heading, 'Вход')
  await browser.submit({ email: ada.email, password: ada.password })
  await browser.submit({ decision: 'allow' })
  const back = new URL(browser.page.url).searchParams
  t.truthy(back.get('code'))
  t.is(back.get('state'), begun.url.searchParams.get('state'))
})

test('a logout request by POST with an ID token hint signs the person out, and the hint is not in the URL', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { postLogoutRedirectUris: [BYE] })
  const { browser, tokens } = await rp.signIn(ada)
  const fields = new URLSearchParams({ id_token_hint: tokens.id_token!, post_logout_redirect_uri: BYE, state: 's' })
  const { location } = await submitFromOtherSite(browser, '/session/end', fields)
  t.false(location.includes(tokens.id_token!))
  t.is(browser.page.url, `${BYE}?state=s`)
  t.is((await app.sessions.of(ada.id)).length, 0)
})

test('O-01: a logout request by POST without a hint asks the person to confirm', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { postLogoutRedirectUris: [BYE] })
  const { browser } = await rp.signIn(ada)
  const fields = new URLSearchParams({ client_id: rp.id, post_logout_redirect_uri: BYE, state: 's' })
  await submitFromOtherSite(browser, '/session/end', fields)
  t.is(browser.heading, 'Sign out?')
  t.is((await app.sessions.of(ada.id)).length, 1)
  await browser.submit({ logout: 'yes' })
  t.is((await browser.goOn()).page.url, `${BYE}?state=s`)
  t.is((await app.sessions.of(ada.id)).length, 0)
})

test('S-04: another site cannot post the forms of sign-in and sign-out', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)
  const logout = new URLSearchParams({ logout: 'yes', xsrf: 'x' })
  for (const address of [
    '/session/end/confirm',
    '/session/end/',
    '/auth/',
    '/auth/x',
    '/session',
    '/session/end/success',
  ]) {
    const { answer } = await submitFromOtherSite(browser, address, logout)
    t.true(answer.status >= 400 && answer.status < 500, `${address} ${answer.status}`)
  }
  t.is((await app.sessions.of(ada.id)).length, 1)
})

test('R-04: parameters are read only from the body, and each may occur only once', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url: good } = await rp.begin()
  const browser = new Browser(url)
  for (const query of ['?client_id=x', `?${good.searchParams}`, '?x', '?post_id=x']) {
    const { answer } = await submitFromOtherSite(browser, `/auth${query}`, good.searchParams)
    t.is(answer.status, 400, query)
  }
  for (const name of ['client_id', 'redirect_uri']) {
    const twice = new URLSearchParams(good.searchParams)
    twice.append(name, 'https://evil.test/cb')
    const { answer, location } = await submitFromOtherSite(browser, '/auth', twice)
    t.is(answer.status, 400, name)
    t.is(location, '')
  }
  const { location } = await submitFromOtherSite(browser, '/auth', good.searchParams)
  await browser.open(`${location}&redirect_uri=https://evil.test/cb&client_id=nobody&prompt=none`)
  t.is(browser.heading, 'Sign in', 'parameters added to the URL are ignored')
})

test('N-02: a body that is not a form, is too long or has too many fields is refused and not stored', async t => {
  const post = (body: string | URLSearchParams, type = 'application/x-www-form-urlencoded') =>
    fetch(`${url}/auth`, { method: 'POST', redirect: 'manual', body, headers: { 'content-type': type } })
  t.is((await post('{}', 'application/json')).status, 415)
  t.is((await post('client_id=x', 'text/plain')).status, 415)
  t.is((await post(`state=${'x'.repeat(20_000)}`)).status, 413)
  t.is((await post(`state=${'x'.repeat(100_000)}`)).status, 413)
  t.is((await post('a=1&'.repeat(101))).status, 400)
})

test('a stored request works at its own endpoint only, and an unknown ID gets 404', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url)
  const { location } = await submitFromOtherSite(browser, '/auth', (await rp.begin()).url.searchParams)
  const id = new URL(location, url).searchParams.get('post_id')!
  for (const address of [`/session/end?post_id=${id}`, '/auth?post_id=guess', '/auth?post_id=']) {
    await browser.open(address)
    t.is(browser.page.status, 404, address)
    t.is(browser.heading, 'This page has expired')
  }
  t.is((await browser.open(`/auth?post_id=${id}&post_id=${id}`)).page.status, 404)
})

test('F-19: a request with an unknown client, an unregistered redirect URI or excessive length is answered at once and not stored', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url: good } = await rp.begin()
  const answers: Record<string, [Record<string, string>, number]> = {
    'an unknown client': [{ client_id: 'nobody' }, 400],
    'a foreign address': [{ redirect_uri: 'https://evil.test/cb' }, 400],
    'no address': [{ redirect_uri: '' }, 400],
    'a long state': [{ state: 'x'.repeat(4_097) }, 303],
  }
  for (const [what, [changed, status]] of Object.entries(answers)) {
    const fields = new URLSearchParams(good.searchParams)
    for (const [name, value] of Object.entries(changed)) fields.set(name, value)
    const browser = new Browser(url)
    const answer = await browser.fetch(`${url}/auth`, { method: 'POST', headers: CROSS_SITE, body: fields })
    t.is(answer.status, status, what)
    t.false((answer.headers.get('location') ?? '').includes('post_id'), what)
    t.false(
      answer.headers.getSetCookie().some(cookie => cookie.includes('interaction')),
      what,
    )
  }
})

test('F-19: the error for a parameter that is too long names it, by GET, by POST and in a pushed request', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url: good } = await rp.begin()
  const sent = async (changed: Record<string, string>, method: 'GET' | 'POST') => {
    const fields = new URLSearchParams(good.searchParams)
    for (const [name, value] of Object.entries(changed)) fields.set(name, value)
    const answer =
      method === 'GET'
        ? await fetch(`${url}/auth?${fields}`, { redirect: 'manual' })
        : await fetch(`${url}/auth`, { method, redirect: 'manual', body: fields })
    return new URL(answer.headers.get('location') ?? '', url).searchParams
  }
  for (const method of ['GET', 'POST'] as const) {
    for (const name of ['state', 'nonce', 'login_hint']) {
      const back = await sent({ [name]: 'x'.repeat(4_097) }, method)
      t.is(back.get('error'), 'invalid_request', name)
      t.is(back.get('error_description'), `${name} is longer than 4096 bytes`)
    }
    const wide = await sent({ state: 'x'.repeat(4_000), nonce: 'y'.repeat(4_090) }, method)
    t.regex(wide.get('error_description') ?? '', /longer than 8192 bytes together; the longest is nonce/)
    t.is((await sent({ state: 'x'.repeat(4_096) }, method)).get('error'), null)
  }
  const pushed = await rp.post('/request', [...good.searchParams, ['login_hint', 'x'.repeat(4_097)]], {})
  t.is(pushed.status, 400)
  t.is(pushed.body.error_description, 'login_hint is longer than 4096 bytes')
})
