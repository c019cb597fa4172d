import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { type Demo, startDemo } from '../../demo/server.ts'
import { addApp, scan } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { TimeTravel } from '../support/time-travel.ts'
import { claimsShown } from './claim-tables.ts'
import { startIssuer } from './issuer.ts'
import { startDemoAt } from './registered-demo.ts'

const test = anyTest as TestFn<{ gatehouse: Gatehouse; demo: Demo }>
const TWO = 'urn:gatehouse:acr:2fa'

test.before(async t => {
  const gatehouse = await startGatehouse()
  t.context = { gatehouse, demo: await startDemoAt(gatehouse) }
})

test.after.always(async t => {
  await t.context.demo?.close()
  await t.context.gatehouse?.stop()
})

test('the vault accepts two recent factors, and otherwise responds with a challenge that states its requirements', async t => {
  const issuer = await startIssuer()
  const demo = await startDemo({ issuer: issuer.url, port: 0, clientId: 'demo', clientSecret: 'secret' })
  t.teardown(() => issuer.close())
  t.teardown(() => demo.close())
  const call = async (claims: object) => {
    const token = await issuer.accessToken({ aud: `${demo.url}/api`, scope: 'demo:read', ...claims })
    return fetch(`${demo.url}/api/vault`, { headers: { authorization: `Bearer ${token}` } })
  }
  const now = Math.floor(Date.now() / 1000)
  for (const acr of [TWO, 'urn:gatehouse:acr:phr']) {
    const answer = await call({ acr, amr: ['pwd', 'otp', 'mfa'], auth_time: now - 290 })
    t.is(answer.status, 200)
    t.like(await answer.json(), { vault: 'open', sub: 'ada', acr, auth_time: now - 290 })
  }
  const weak = [{}, { acr: TWO }, { auth_time: now }, { acr: 'urn:gatehouse:acr:1fa', auth_time: now }]
  for (const claims of [...weak, { acr: TWO, auth_time: now - 310 }, { acr: [TWO], auth_time: now }]) {
    const answer = await call(claims)
    t.is(answer.status, 401)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    t.regex(challenge, /^Bearer error="insufficient_user_authentication", /)
    t.true(challenge.includes(`, acr_values="${TWO}", max_age="300", `), challenge)
  }
  t.is((await call({ acr: TWO, auth_time: now, scope: 'other' })).status, 403)
  t.is((await fetch(`${demo.url}/api/vault`)).status, 401)
})

test('M-07: a person who opens the vault is asked only for a code, and then sees the higher acr', async t => {
  const { browser, provider, authenticator } = await signedIn(t)
  t.like(claimsShown(browser, 'Claims of the ID token'), { acr: 'urn:gatehouse:acr:1fa', amr: 'pwd' })
  const since = claimsShown(browser, 'Claims of the ID token').auth_time

  await openVault(browser, provider)
  t.is(provider.heading, 'One more step')
  await provider.submit({ code: authenticator.code(1) })
  await browser.open(provider.page.url)
  t.regex(browser.text, /The API answered 200 ?\{ "vault": "open"/)
  for (const table of ['Claims of the ID token', 'Claims of the access token'])
    t.like(claimsShown(browser, table), { acr: TWO, amr: 'pwd, otp, mfa', auth_time: since }, table)
  t.regex(browser.text, /There is one\. It stays on the server/)

  await browser.submit({}, { action: '/open-vault' })
  t.regex(browser.text, /The API answered 200/, 'the vault opens again without a step-up')
  await browser.submit({}, { action: '/refresh' })
  t.is(
    claimsShown(browser, 'Claims of the access token').acr,
    'urn:gatehouse:acr:1fa',
    'the refresh token is still the one from before the step-up',
  )
})

test('a person who cancels stays signed in without access to the vault', async t => {
  const { browser, provider } = await signedIn(t)
  await openVault(browser, provider)
  await provider.submit({}, { action: '/abort' })
  await browser.open(provider.page.url)
  t.is(browser.heading, 'You cancelled')
  await browser.open('/')
  t.is(browser.heading, 'Ada')
  t.is(claimsShown(browser, 'Claims of the access token').acr, 'urn:gatehouse:acr:1fa')
})

test('a person without a second factor signs in again and sets one up before the vault opens', async t => {
  const { gatehouse } = t.context
  const { browser, provider, ada } = await signedIn(t, { app: false })
  await openVault(browser, provider)
  t.is(provider.heading, 'Sign in')
  await provider.submit({ email: ada.email, password: ada.password })
  await provider.submit({ code: scan(provider, gatehouse.app.clock).code() })
  await provider.submit({}, { action: '/codes-saved' })
  await browser.open(provider.page.url)
  t.regex(browser.text, /"vault": "open"/)
})

test.serial('after five minutes the vault requires a complete new sign-in', async t => {
  const time = new TimeTravel(t)
  const { browser, provider, ada, authenticator } = await signedIn(t)
  time.pass(301)
  await openVault(browser, provider)
  t.is(provider.heading, 'Sign in')
  await provider.submit({ email: ada.email, password: ada.password })
  await provider.submit({ code: authenticator.code() })
  await browser.open(provider.page.url)
  t.regex(browser.text, /"vault": "open"/)
})

/** A person who signed in with a password, and then added an authenticator app if requested. */
async function signedIn(t: ExecutionContext<{ demo: Demo; gatehouse: Gatehouse }>, { app = true } = {}) {
  const { demo, gatehouse } = t.context
  const ada: Person = await makePerson(gatehouse)
  const [browser, provider] = [new Browser(demo.url), new Browser(gatehouse.url)]
  await browser.open('/sign-in')
  await provider.open(browser.page.url)
  await provider.submit({ email: ada.email, password: ada.password })
  await provider.submit({ decision: 'allow' })
  await browser.open(provider.page.url)
  const { authenticator } = app ? await addApp(gatehouse, ada.id) : { authenticator: undefined }
  return { ada, browser, provider, authenticator: authenticator! }
}

async function openVault(browser: Browser, provider: Browser) {
  await browser.submit({}, { action: '/open-vault' })
  await provider.open(browser.page.url)
}
