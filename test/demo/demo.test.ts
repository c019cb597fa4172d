import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import type { Demo } from '../../demo/server.ts'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { claimsShown } from './claim-tables.ts'
import { startDemoAt } from './registered-demo.ts'

const test = anyTest as TestFn<{ gatehouse: Gatehouse; demo: Demo }>

test.before(async t => {
  const gatehouse = await startGatehouse()
  const demo = await startDemoAt(gatehouse)
  t.context = { gatehouse, demo }
})

test.after.always(async t => {
  await t.context.demo?.close()
  await t.context.gatehouse?.stop()
})

test('a person signs in, and the application shows their claims and tokens', async t => {
  const { gatehouse, demo } = t.context
  const ada = await makePerson(gatehouse, { name: 'Ada', roles: ['admin'] })
  const { browser } = await signIn(t, ada)

  t.is(browser.heading, 'Ada')
  for (const table of ['Claims of the ID token', 'Userinfo response']) {
    t.like(claimsShown(browser, table), { sub: ada.id, name: 'Ada', email: ada.email, email_verified: 'no' }, table)
    t.deepEqual(roles(browser, table), ['admin', 'subscriber'], table)
  }
  const id = claimsShown(browser, 'Claims of the ID token')
  t.is(id.iss, gatehouse.url)
  t.regex(id.auth_time ?? '', /^\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC$/)
  t.like(claimsShown(browser, 'Claims of the access token'), {
    sub: ada.id,
    aud: `${demo.url}/api`,
    scope: 'demo:read',
  })
  t.regex(browser.text, /It expires in 9 min/)
  t.regex(browser.text, /There is one\. It stays on the server/)
})

test('signing in changes the session ID, and the previous ID no longer works', async t => {
  const { gatehouse, demo } = t.context
  const browser = new Browser(demo.url)
  await browser.open('/sign-in')
  const before = cookie(browser)
  await finish(browser, await makePerson(gatehouse))
  t.truthy(before)
  t.not(cookie(browser), before)

  const thief = await fetch(demo.url, { headers: { cookie: `demo_session=${before}` } })
  t.regex(await thief.text(), /Sign in with Gatehouse/)
})

test('the API returns the roles, and again after a refresh', async t => {
  const grace = await makePerson(t.context.gatehouse, { name: 'Grace' })
  const { browser } = await signIn(t, grace)
  await browser.submit({}, { action: '/call-api' })
  t.regex(browser.text, /The API answered 200/)
  t.true(browser.document.querySelector('.notice')?.textContent.includes(grace.id))

  const { jti } = claimsShown(browser, 'Claims of the access token')
  await browser.submit({}, { action: '/refresh' })
  t.regex(browser.text, /Tokens refreshed ?The refresh token was replaced; the old one no longer works\./)
  t.truthy(jti)
  t.not(claimsShown(browser, 'Claims of the access token').jti, jti)
  await browser.submit({}, { action: '/call-api' })
  t.regex(browser.text, /The API answered 200/)

  await browser.open('/')
  t.notRegex(browser.text, /The API answered/, 'a notice is shown once')
})

test('concurrent refreshes are combined into one', async t => {
  const { browser } = await signIn(t, await makePerson(t.context.gatehouse))
  const body = new URLSearchParams({ csrf: browser.field('csrf') ?? '' })
  const answers = await Promise.all([1, 2, 3].map(() => browser.fetch('/refresh', { method: 'POST', body })))
  t.deepEqual(
    answers.map(answer => answer.status),
    [303, 303, 303],
  )
  await browser.open('/')
  t.regex(browser.text, /Used from this page: once\./)
  await browser.submit({}, { action: '/refresh' })
  t.regex(browser.text, /Used from this page: twice\./)
})

test('changed roles appear after a refresh', async t => {
  const { app } = t.context.gatehouse
  const ada = await makePerson(t.context.gatehouse)
  const { browser } = await signIn(t, ada)
  t.deepEqual(roles(browser, 'Claims of the ID token'), ['subscriber'])
  await app.scope(async () => app.assignments.assign(await app.accounts.find(ada.id), ['admin'], { by: operator }))
  await browser.submit({}, { action: '/refresh' })
  for (const table of ['Claims of the ID token', 'Userinfo response', 'Claims of the access token'])
    t.deepEqual(roles(browser, table), ['admin', 'subscriber'], table)
})

test('a form from another site does nothing', async t => {
  const { browser } = await signIn(t, await makePerson(t.context.gatehouse))
  for (const csrf of ['', 'made-up', 'x'.repeat(43)]) {
    const answer = await browser.fetch('/sign-out', { method: 'POST', body: new URLSearchParams({ csrf }) })
    t.is(answer.status, 403)
  }
  await browser.open('/')
  t.is(browser.heading, 'Ada')
})

test('signing out ends the session here and at the provider, and returns to the application', async t => {
  const { demo } = t.context
  const { browser, provider } = await signIn(t, await makePerson(t.context.gatehouse))
  await browser.submit({}, { action: '/sign-out' })
  t.true(browser.page.url.startsWith(`${t.context.gatehouse.url}/session/end?`))
  await provider.open(browser.page.url)
  t.is(provider.page.url, `${demo.url}/`)
  await browser.open(provider.page.url)
  t.is(browser.heading, 'An application that keeps no passwords')

  await browser.open('/sign-in')
  await provider.open(browser.page.url)
  t.truthy(provider.document.querySelector('[name="password"]'), 'the next sign-in requires the password')
})

test('a person who denies consent returns to a page that says so', async t => {
  const { gatehouse, demo } = t.context
  const ada = await makePerson(gatehouse)
  const [browser, provider] = [new Browser(demo.url), new Browser(gatehouse.url)]
  await browser.open('/sign-in')
  await provider.open(browser.page.url)
  await provider.submit({ email: ada.email, password: ada.password })
  await provider.submit({ decision: 'deny' })
  await browser.open(provider.page.url)
  t.is(browser.page.status, 403)
  t.is(browser.heading, 'You cancelled')
  await browser.follow('Back to the start')
  t.is(browser.page.status, 200)
})

test('a refresh signs out a person who was suspended', async t => {
  const { app } = t.context.gatehouse
  const ada = await makePerson(t.context.gatehouse)
  const { browser } = await signIn(t, ada)
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  await browser.submit({}, { action: '/refresh' })
  t.is(browser.page.status, 401)
  t.is(browser.heading, 'You have been signed out')
  await browser.open('/')
  t.is(browser.heading, 'An application that keeps no passwords')
})

/** A complete sign-in. This test browser binds cookies to the port, so application and provider have a browser each. */
async function signIn(t: ExecutionContext<{ demo: Demo; gatehouse: Gatehouse }>, person: Person) {
  const browser = new Browser(t.context.demo.url)
  await browser.open('/sign-in')
  return finish(browser, person)
}

async function finish(browser: Browser, person: Person) {
  const provider = new Browser(browser.page.url)
  await provider.open(browser.page.url)
  await provider.submit({ email: person.email, password: person.password })
  await provider.submit({ decision: 'allow' })
  await browser.open(provider.page.url)
  return { browser, provider }
}

function roles(browser: Browser, caption: string) {
  return claimsShown(browser, caption).roles?.split(', ').toSorted()
}

function cookie(browser: Browser) {
  return [...browser.cookies.values()].find(each => each.name === 'demo_session')?.value
}
