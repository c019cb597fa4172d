import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse
const BYE = 'https://app.example.org/bye'

async function signedIn() {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { postLogoutRedirectUris: [BYE] })
  return { ada, rp, ...(await rp.signIn(ada)) }
}

const signOutUrl = (parameters: Record<string, string>) => `${url}/session/end?${new URLSearchParams(parameters)}`

test('O-01: without a valid ID token hint the person is asked before the session ends', async t => {
  const { ada, rp, browser } = await signedIn()
  for (const parameters of [
    {},
    { client_id: rp.id },
    { client_id: rp.id, post_logout_redirect_uri: BYE, logout_hint: ada.email },
  ] as Record<string, string>[]) {
    await browser.open(signOutUrl(parameters))
    t.is(browser.heading, 'Sign out?')
    t.is(browser.page.status, 200)
    t.true(browser.text.includes(ada.email))
    t.is((await app.sessions.of(ada.id)).length, 1)
  }
  await browser.submit({})
  t.is((await app.sessions.of(ada.id)).length, 1, 'the person stays signed in')
})

test('the page says whether the person stayed signed in or is signed out', async t => {
  const { ada, rp, browser } = await signedIn()
  for (const parameters of [{}, { client_id: rp.id }] as Record<string, string>[]) {
    await browser.open(signOutUrl(parameters))
    await browser.submit({})
    t.is(browser.heading, 'You stay signed in')
    t.true(browser.text.includes(ada.email))
  }
  await browser.open(signOutUrl({}))
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')
  t.false(browser.text.includes(ada.email))
})

test('O-01: another site cannot sign a person out, whatever it sends', async t => {
  const { ada, browser } = await signedIn()
  await browser.open(signOutUrl({}))
  const xsrf = browser.field('xsrf')!
  const from = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
  const before = [...browser.cookies.values()].find(({ name }) => name === 'gatehouse_session')!.value
  for (const body of [{}, { logout: 'yes' }, { logout: 'yes', xsrf }, { logout: 'yes', xsrf: 'x' }]) {
    const sent = { method: 'POST', headers: from, body: new URLSearchParams(body as Record<string, string>) }
    for (const sender of [browser.copy(), new Browser(url)]) {
      const response = await sender.fetch(`${url}/session/end/confirm`, sent)
      t.true(response.status >= 400 && response.status < 500)
      // A new session in place of the old one would also sign the person out.
      t.false(response.headers.getSetCookie().some(line => line.startsWith('gatehouse_session=')))
    }
    // An application may send a logout request by POST: a redirect to GET brings the cookies, and the person is asked.
    const asking = await new Browser(url).fetch(`${url}/session/end`, sent)
    t.is(asking.status, 303)
    t.deepEqual(asking.headers.getSetCookie(), [])
    const asked = await browser.copy().open(asking.headers.get('location') ?? '')
    t.is(asked.heading, 'Sign out?')
  }
  t.is((await app.sessions.of(ada.id)).length, 1)
  const after = [...browser.cookies.values()].find(({ name }) => name === 'gatehouse_session')!.value
  t.is(after, before)
  await browser.open(signOutUrl({}))
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')
  t.is((await app.sessions.of(ada.id)).length, 0)
})

test('after a sign-out the person returns to the registered address of the application, with its state', async t => {
  const { rp, browser } = await signedIn()
  const parameters = { client_id: rp.id, post_logout_redirect_uri: BYE, state: 'a&b"<' }
  await browser.open(signOutUrl(parameters))
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'Continuing to Example')
  const back = new URL((await browser.goOn()).page.url)
  t.is(`${back.origin}${back.pathname}`, BYE)
  t.is(back.searchParams.get('state'), 'a&b"<')
})

test('O-01: a sign-out never redirects to an address that is not registered for it', async t => {
  const { rp, browser, tokens } = await signedIn()
  const evil = 'https://evil.test/bye'
  for (const hint of [{ id_token_hint: tokens.id_token! }, { client_id: rp.id }] as Record<string, string>[]) {
    for (const target of [evil, `${BYE}/`, `${BYE}?x`, 'https://app.example.org/callback', 'javascript:alert(1)']) {
      await browser.open(signOutUrl({ ...hint, post_logout_redirect_uri: target }))
      t.is(browser.page.status, 400, target)
      t.is(browser.document.querySelector('form'), null, target)
    }
  }
  await browser.open(signOutUrl({ post_logout_redirect_uri: evil }))
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')
  t.true(browser.page.url.startsWith(url))
})

test('a person who was already signed out returns to the application at once, without a page or a new session', async t => {
  const { rp } = await signedIn()
  const ask = (parameters: Record<string, string>) => new Browser(url).fetch(signOutUrl(parameters))
  const back = await ask({ client_id: rp.id, post_logout_redirect_uri: BYE, state: 'a&b' })
  t.is(back.status, 303)
  t.is(back.headers.get('location'), `${BYE}?state=a%26b`)
  t.deepEqual(back.headers.getSetCookie(), [])
  const nowhere = await ask({ post_logout_redirect_uri: 'https://evil.test/bye', state: 'x', ui_locales: 'ru' })
  t.is(nowhere.headers.get('location'), `${url}/session/end/success?ui_locales=ru`)
  const page = await new Browser(url).open(signOutUrl({ ui_locales: 'ru' }))
  t.is(page.heading, 'Вы вышли')
})

test('a sign-out page works once, and does not end a later session', async t => {
  const { ada, rp, browser } = await signedIn()
  await browser.open(signOutUrl({}))
  const old = browser.copy()
  old.page = browser.page
  await browser.submit({ logout: 'yes' })
  await rp.signIn(ada)
  await old.submit({ logout: 'yes' })
  t.is(old.page.status, 400)
  t.is((await app.sessions.of(ada.id)).length, 1)
})
