import { randomUUID } from 'node:crypto'
import test from 'ava'
import { currentAccount } from '../support/account-chooser.ts'
import { Browser } from '../support/browser.ts'
import { askForEmail } from '../support/email-sign-in.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const env = { SIGN_IN_LIMIT_IP: '1000/1h', SIGN_IN_BY_EMAIL: 'on' }
const [open, verifying, closed] = await Promise.all([
  startGatehouse({ env }),
  startGatehouse({ env: { ...env, EMAIL_VERIFICATION: 'required' } }),
  startGatehouse({ env: { ...env, REGISTRATION: 'closed' } }),
])
test.after.always(() => Promise.all([open.stop(), verifying.stop(), closed.stop()]))

const REGISTER = 'Create an account'
const newcomer = () => ({ email: `eve-${randomUUID().slice(0, 8)}@example.org`, name: 'Eve', password: PASSWORD })

/** A browser at the first page of a request to register. */
async function begin(
  gatehouse: Gatehouse,
  parameters: Record<string, string> = {},
  browser = new Browser(gatehouse.url),
) {
  const rp = await RelyingParty.register(gatehouse, { firstParty: true })
  const begun = await rp.begin({ prompt: 'create', ...parameters })
  await browser.open(begun.url.href)
  return { rp, browser, claims: async () => (await rp.redeem(begun, browser)).claims()! }
}

test('prompt=create opens the registration page, and the application gets its answer after it', async t => {
  const { browser, claims } = await begin(open, { login_hint: 'nobody@example.org', idp_hint: 'none' })
  t.is(browser.heading, REGISTER)
  const eve = newcomer()
  await browser.submit({ ...eve, password: 'short' })
  t.regex(browser.text, /password/i)
  await browser.submit(eve)
  t.is((await claims()).email, eve.email)
})

test('the answer comes after the email is verified, if that is required', async t => {
  const { browser, claims } = await begin(verifying)
  const eve = newcomer()
  await browser.submit(eve)
  t.truthy(browser.document.querySelector('form[action$="/resend"]'))
  const [email] = await queuedEmails(verifying, eve.email, 'verify-email')
  await browser.open(email!.data.link!)
  await browser.submit({})
  t.like(await claims(), { email: eve.email, email_verified: true })
})

test('a person who is signed in sees the registration page, and then only the new account is signed in', async t => {
  const ada = await makePerson(open)
  const { browser } = await (await RelyingParty.register(open, { firstParty: true })).signIn(ada)
  const { rp, claims } = await begin(open, {}, browser)
  t.is(browser.heading, REGISTER)
  t.is(await currentAccount(rp, browser), ada.id, 'the page alone changes nothing')
  await browser.open(browser.page.url)
  const eve = newcomer()
  await browser.submit(eve)
  const { sub, email } = await claims()
  t.is(email, eve.email)
  t.is(await currentAccount(rp, browser), sub)
  t.deepEqual(await open.app.sessions.of(ada.id), [])
})

test('a person who has an account signs in, and is not asked to register again', async t => {
  const ada = await makePerson(open)
  for (const prompt of ['create', 'create login', 'create select_account', 'login create']) {
    const { browser, claims } = await begin(open, { prompt })
    t.is(browser.heading, REGISTER)
    await browser.follow('Sign in')
    t.is(browser.heading, 'Sign in')
    await browser.submit({ email: ada.email, password: 'wrong' })
    t.is(browser.page.status, 401)
    await browser.open(browser.page.url)
    t.is(browser.heading, 'Sign in', 'after a reload too')
    await askForEmail(browser, ada.email)
    await browser.open(browser.document.querySelector('a[href$="/sign-in"]')!.getAttribute('href')!)
    t.is(browser.heading, 'Sign in')
    await browser.submit({ email: ada.email, password: ada.password })
    t.is((await claims()).sub, ada.id)
  }
})

test('the person who is signed in already can continue with the same account', async t => {
  const ada = await makePerson(open)
  const { browser } = await (await RelyingParty.register(open, { firstParty: true })).signIn(ada)
  const { claims } = await begin(open, {}, browser)
  await browser.follow('Sign in')
  t.false(browser.text.includes('You are signed in already'))
  await browser.submit({ email: ada.email, password: ada.password })
  t.is((await claims()).sub, ada.id)
  t.is((await open.app.sessions.of(ada.id)).length, 1)
})

test('an ID token of another account does not hold up a person who has registered', async t => {
  const ada = await makePerson(open)
  const rp = await RelyingParty.register(open, { firstParty: true })
  const { browser, tokens } = await rp.signIn(ada)
  const begun = await rp.begin({ prompt: 'create', id_token_hint: tokens.id_token! })
  await browser.open(begun.url.href)
  const eve = newcomer()
  await browser.submit(eve)
  t.is((await rp.redeem(begun, browser)).claims()?.email, eve.email)
})

test('consent follows the registration', async t => {
  const rp = await RelyingParty.register(open)
  const begun = await rp.begin({ prompt: 'create consent' })
  const browser = await new Browser(open.url).open(begun.url.href)
  const eve = newcomer()
  await browser.submit(eve)
  t.is(browser.heading, 'Allow Example?')
  await browser.submit({ decision: 'allow' })
  t.is((await rp.redeem(begun, browser)).claims()?.email, eve.email)
})

test('where registration is closed, prompt=create is a sign-in, and discovery does not list it', async t => {
  const ada = await makePerson(closed)
  const { rp, browser, claims } = await begin(closed)
  t.deepEqual(rp.configuration.serverMetadata().prompt_values_supported, ['none', 'login', 'consent', 'select_account'])
  t.is(browser.heading, 'Sign in')
  t.is(browser.document.querySelector('a[href$="/register"]'), null)
  await browser.submit({ email: ada.email, password: ada.password })
  t.is((await claims()).sub, ada.id)

  const again = await begin(closed, {}, browser)
  t.is(browser.heading, 'Sign in', 'a person who is signed in signs in again')
  await browser.submit({ email: ada.email, password: ada.password })
  t.is((await again.claims()).sub, ada.id)
})

test('prompt=create is not combined with none', async t => {
  for (const prompt of ['none create', 'create none']) {
    const { browser } = await begin(open, { prompt })
    t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_request')
  }
})

test('a pushed authorization request can ask for registration too', async t => {
  const rp = await RelyingParty.register(open, { firstParty: true })
  const begun = await rp.begin({ prompt: 'create' })
  const pushed = await rp.post('/request', Object.fromEntries(begun.url.searchParams))
  const address = `${open.url}/auth?${new URLSearchParams({ client_id: rp.id, request_uri: pushed.body.request_uri })}`
  t.is((await new Browser(open.url).open(address)).heading, REGISTER)
})
