import test from 'ava'
import { Keyring } from '../credentials/keyring.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import type { SecurityKey } from '../support/security-key.ts'
import { TimeTravel } from '../support/time-travel.ts'
import { FIREFOX } from '../support/user-agents.ts'

const gatehouse = await startGatehouse()
const keyring = new Keyring(gatehouse)
const { testAccounts } = keyring
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

/** Opens the security page, and signs in with a password and a passkey if asked for them. */
async function openSecurity(person: Person, key?: SecurityKey, browser = new Browser(url, { 'user-agent': FIREFOX })) {
  await browser.open(`${url}/account/security`)
  if (browser.field('password') !== undefined) await browser.submit({ email: person.email, password: person.password })
  if (key && browser.heading !== 'Security') await browser.submit({ response: answer(browser, key) }, SECOND_FACTOR)
  if (browser.heading !== 'Security') throw new Error(`not signed in: ${browser.text.slice(0, 300)}`)
  return browser
}

const SECOND_FACTOR = { action: '/passkey-factor' }
const ADD = { action: '/passkeys' }
const WITHOUT_PASSWORD = { action: '/password', method: 'delete' }
const passkeyForm = (id: string, method: 'patch' | 'delete') => ({ action: `/passkeys/${id}`, method })
const optionsOf = (browser: Browser) =>
  JSON.parse(browser.document.querySelector('[data-passkey]')!.getAttribute('data-options')!)
const answer = (browser: Browser, key: SecurityKey) => JSON.stringify(key.get(optionsOf(browser)))
const creation = (browser: Browser, key = keyring.newKey()) => JSON.stringify(key.create(optionsOf(browser)))
const names = async ({ id }: Person) => (await keyring.of(id)).map(({ name }) => name)

/** A person with a passkey, on the security page. */
async function personWithPasskey() {
  const person = await makePerson(gatehouse)
  const key = keyring.newKey()
  const passkey = await keyring.add(person.id, key)
  return { person, key, passkey, browser: await openSecurity(person, key) }
}

test.serial(
  'adding the first passkey shows recovery codes once, and other browsers then require the passkey',
  async t => {
    const person = await makePerson(gatehouse)
    const browser = await openSecurity(person)
    t.false(browser.has(WITHOUT_PASSWORD))
    const key = keyring.newKey()
    await browser.submit({ response: creation(browser, key) }, ADD)
    t.regex(browser.text, /Keep these codes/)
    t.is(browser.document.querySelectorAll('.codes code').length, 10)
    await browser.follow('I have put them away')
    t.is(browser.heading, 'Security', 'adding the passkey also verified it')
    t.regex(browser.text, /Firefox on Linux/)
    await browser.submit({ response: creation(browser) }, ADD)
    t.regex(browser.text, /The passkey is added/)
    t.deepEqual(await names(person), ['Firefox on Linux', 'Firefox on Linux'])

    const elsewhere = await new Browser(url).open(`${url}/account/security`)
    await elsewhere.submit({ email: person.email, password: person.password })
    t.truthy(elsewhere.document.querySelector('[data-passkey="second-factor"]'))
    t.is((await openSecurity(person, key, elsewhere)).heading, 'Security')
  },
)

test.serial('R-12: only a page with a passkey form runs scripts, and only our own', async t => {
  const { browser } = await personWithPasskey()
  const policy = (name: string) => browser.page.headers.get(name) ?? ''
  t.regex(policy('content-security-policy'), /script-src 'self';.*connect-src 'self'/)
  t.regex(policy('permissions-policy'), /publickey-credentials-create=\(self\)/)
  const scripts = browser.document.querySelectorAll('script')
  t.is(scripts.length, 2)
  for (const script of scripts) t.regex(script.getAttribute('src') ?? '', /^\/assets\/[a-z]+\.js\?v=/)
  await browser.open(`${url}/account/sessions`)
  t.regex(policy('content-security-policy'), /script-src 'none';.*connect-src 'none'/)
  t.regex(policy('permissions-policy'), /publickey-credentials-create=\(\)/)
})

test.serial('a problem with a passkey is shown beside that passkey', async t => {
  const { person, key, passkey, browser } = await personWithPasskey()
  await browser.submit({ response: 'rubbish' }, ADD)
  t.is(browser.page.status, 422)
  t.regex(browser.text, /The passkey could not be added/)
  const challengeToken = browser.document.querySelector('[name=challenge_token]')!.getAttribute('value')!
  const response = creation(browser)
  await browser.submit({ response }, ADD)
  await browser.submit({ response, challenge_token: challengeToken }, ADD)
  t.regex(browser.text, /This page timed out/)
  await browser.submit({ response: creation(browser, key) }, ADD)
  t.regex(browser.text, /belongs to an account already/)
  for (const name of ['', 'x'.repeat(61)]) {
    await browser.submit({ name }, passkeyForm(passkey.id, 'patch'))
    t.is(browser.page.status, 422)
    t.is(browser.document.querySelectorAll('details[open] .problem').length, 1)
    t.is(browser.field('name'), name, 'the typed name is kept')
  }
  t.is((await names(person)).length, 2)
})

test.serial('the last sign-in method cannot be removed, and the page says what to do first', async t => {
  const { person, passkey, browser } = await personWithPasskey()
  await browser.submit({}, WITHOUT_PASSWORD)
  t.regex(browser.text, /Your password is removed/)
  await browser.submit({}, passkeyForm(passkey.id, 'delete'))
  t.is(browser.page.status, 403)
  t.regex(browser.text, /This is your only way to sign in/)
  await browser.submit({ next: 'a second horse, rarely correct' }, { action: '/password' })
  t.true(await testAccounts.with(person.id, account => app.passwords.has(account)))
  await browser.submit({}, passkeyForm(passkey.id, 'delete'))
  t.deepEqual(await names(person), [])
})

test.serial('S-04: a request from another site or without a valid CSRF token changes no passkey', async t => {
  const { person, passkey, browser } = await personWithPasskey()
  const response = creation(browser)
  const forms: [action: string, method: string, fields: Record<string, string>][] = [
    ['/passkeys', 'post', { response }],
    [`/passkeys/${passkey.id}`, 'patch', { name: 'mine' }],
    [`/passkeys/${passkey.id}`, 'delete', {}],
    ['/password', 'delete', {}],
  ]
  const stranger = await new Browser(url).open(`${url}/account`)
  const foreign = stranger.field('csrf')!
  for (const [action, method, fields] of forms) {
    const attacks: { fields: Record<string, string>; headers: Record<string, string> }[] = [
      { fields, headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
      { fields: { ...fields, csrf: '' }, headers: {} },
      { fields: { ...fields, csrf: foreign }, headers: {} },
    ]
    for (const attack of attacks) {
      await browser.submit(attack.fields, { action, method, headers: attack.headers })
      t.is(browser.page.status, 403, action)
      await openSecurity(person, undefined, browser)
    }
    const get = await browser.fetch(`${url}/account${action}?${new URLSearchParams(fields)}`)
    t.is(get.status, 404, action)
  }
  t.deepEqual(await names(person), [passkey.name])
  t.true(await testAccounts.with(person.id, account => app.passwords.has(account)))
})

test.serial('A-02: a person cannot rename or remove the passkey of another account', async t => {
  const ada = await personWithPasskey()
  const grace = await personWithPasskey()
  for (const method of ['patch', 'delete']) {
    const body = new URLSearchParams({ csrf: grace.browser.field('csrf')!, method, name: 'mine' })
    await grace.browser.open(`${url}/account/passkeys/${ada.passkey.id}`, { method: 'POST', body })
    t.is(grace.browser.page.status, 404)
    await openSecurity(grace.person, grace.key, grace.browser)
  }
  t.deepEqual(await names(ada.person), [ada.passkey.name])
})

test.serial('changing a passkey needs a recent sign-in', async t => {
  const { person, passkey, browser } = await personWithPasskey()
  new TimeTravel(t).pass(21 * 60)
  await browser.submit({}, passkeyForm(passkey.id, 'delete'))
  t.is(browser.heading, 'Sign in')
  t.deepEqual(await names(person), [passkey.name])
})

test.serial('if browsers cannot create passkeys for the host of the server, the page says so', async t => {
  const port = await freePort()
  const elsewhere = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` } })
  t.teardown(() => elsewhere.stop())
  const { email, password } = await makePerson(elsewhere)
  const browser = await new Browser(elsewhere.url).open(`${elsewhere.url}/account/security`)
  t.is(browser.document.querySelector('[data-passkey]'), null, 'the sign-in page offers no passkey either')
  await browser.submit({ email, password })
  t.regex(browser.text, /Browsers make no passkeys for this address/)
  t.is(browser.document.querySelector('script'), null)
  t.regex(browser.page.headers.get('content-security-policy') ?? '', /script-src 'none'/)
})
