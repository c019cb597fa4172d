import test from 'ava'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import { Authenticator } from '../support/authenticator.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { FIREFOX, SAFARI } from '../support/user-agents.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const MINUTE = 60
const factorsOf = ({ id }: Person) => testAccounts.with(id, account => app.secondFactors.of(account))
/** An authenticator app that has scanned the QR code of the page. */
const scan = (browser: Browser) => new Authenticator(browser.document.querySelector('.key code')!.textContent, clock)
const codesOn = (browser: Browser) => browser.document.querySelectorAll('.codes code').map(each => each.textContent)

/** Opens the security page, and signs in with a password and a code if asked for them. */
async function openSecurity(
  person: Person,
  phone?: Authenticator,
  browser = new Browser(url, { 'user-agent': FIREFOX }),
) {
  await browser.open(`${url}/account/security`)
  if (browser.field('password') !== undefined) await browser.submit({ email: person.email, password: person.password })
  if (phone && browser.field('code') !== undefined) {
    clock.advance(MINUTE)
    await browser.submit({ code: phone.code() })
  }
  if (browser.heading !== 'Security') throw new Error(`not signed in: ${browser.text.slice(0, 300)}`)
  return browser
}

/** A person who has added an authenticator app on the security page. */
async function enrolled() {
  const person = await makePerson(gatehouse)
  const browser = await openSecurity(person)
  await browser.follow('Add an authenticator app')
  const phone = scan(browser)
  await browser.submit({ code: phone.code() })
  return { person, phone, browser, codes: codesOn(browser) }
}

test.serial(
  'an authenticator app is added with its QR code or key and one code; the recovery codes are shown once',
  async t => {
    const ada = await makePerson(gatehouse)
    const browser = await openSecurity(ada)
    t.is(
      browser.document.querySelector('[action$="/recovery-codes"]'),
      null,
      'without a second factor there are no recovery codes',
    )
    await browser.follow('Add an authenticator app')
    t.truthy(browser.document.querySelector('.qr[role=img] svg'))
    t.regex(browser.page.headers.get('cache-control') ?? '', /no-store/)
    const phone = scan(browser)

    await browser.submit({ code: '000000' })
    t.is(browser.page.status, 422)
    t.regex(browser.text, /This is not the code that the app shows/)
    t.is(scan(browser).code(), phone.code(), 'the QR code stays the same')
    t.false((await factorsOf(ada)).any)

    await browser.submit({ code: phone.code() })
    t.regex(browser.text, /Keep these codes/)
    const codes = codesOn(browser)
    t.is(codes.length, 10)
    const file = browser.document.querySelector('a[download]')
    t.is(file?.getAttribute('download'), 'recovery-codes-localhost.txt')
    const text = decodeURIComponent(file!.getAttribute('href')!.replace('data:text/plain;charset=utf-8,', ''))
    for (const code of codes) t.true(text.includes(code))
    t.like(await factorsOf(ada), { totp: true, recoveryCodes: 10 })
    t.deepEqual(await testAccounts.emails(ada.email), ['factor-changed'])

    await openSecurity(ada, phone, browser)
    t.regex(browser.text, /10 codes are left/)
    t.false(codes.some(code => browser.page.html.includes(code)))
  },
)

test.serial('M-02: the code that added the app cannot be used to sign in', async t => {
  const { person, phone } = await enrolled()
  const browser = await new Browser(url).open(`${url}/account`)
  await browser.submit({ email: person.email, password: person.password })
  await browser.submit({ code: phone.code() })
  t.is(browser.page.status, 401)
})

test.serial('a form that was open for too long starts over with another QR code', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await openSecurity(ada)
  await browser.follow('Add an authenticator app')
  const phone = scan(browser)
  clock.advance(16 * MINUTE)
  await browser.submit({ code: phone.code() })
  t.is(browser.page.status, 422)
  t.regex(browser.text, /there is a new picture/)
  t.not(scan(browser).code(), phone.code())
  t.false((await factorsOf(ada)).any)
})

test.serial('a person replaces the app, and the old one stops working', async t => {
  const { person, phone } = await enrolled()
  const browser = await openSecurity(person, phone)
  await browser.follow('Move to another app')
  t.regex(browser.text, /The app that you have now stops working here/)
  const next = scan(browser)
  clock.advance(MINUTE)
  await browser.submit({ code: next.code() })
  t.regex(browser.text, /The authenticator app is added/)
  clock.advance(MINUTE)
  const verify = (code: string) => testAccounts.with(person.id, account => app.totps.verify(account, code))
  t.deepEqual([await verify(phone.code()), await verify(next.code())], [false, true])
})

test.serial('removing the app also removes the recovery codes', async t => {
  const { person, phone } = await enrolled()
  const browser = await openSecurity(person, phone)
  await browser.submit({}, { action: '/totp', method: 'delete' })
  t.regex(browser.text, /The authenticator app is removed/)
  t.deepEqual(await factorsOf(person), { totp: false, passkeys: 0, recoveryCodes: 0, any: false })
  const changes = (await queuedEmails(gatehouse, person.email, 'factor-changed')).map(({ data }) => data.change)
  t.deepEqual(changes, ['totp-added', 'totp-removed'])
})

test.serial('M-05: new recovery codes replace the old ones, and the page warns when few are left', async t => {
  const { person, phone, codes } = await enrolled()
  const spend = (code: string) =>
    testAccounts.with(person.id, account => app.recoveryCodes.spend(account, code, { by: stranger() }))
  for (const code of codes.slice(0, 7)) await spend(code)
  const browser = await openSecurity(person, phone)
  t.regex(browser.text, /3 codes are left It is time for new ones/)
  await browser.submit({}, { action: '/recovery-codes' })
  const fresh = codesOn(browser)
  t.is(fresh.length, 10)
  t.deepEqual([await spend(codes[8]!), await spend(fresh[0]!)], [null, 9])
})

test.serial('a person without a second factor cannot create recovery codes with a forged form', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await openSecurity(ada)
  const csrf = browser.field('csrf')!
  const body = new URLSearchParams({ csrf })
  const response = await browser.fetch(`${url}/account/factors/recovery-codes`, { method: 'POST', body })
  t.is(response.status, 409)
  t.is((await factorsOf(ada)).recoveryCodes, 0)
})

test.serial('trusted browsers are listed, and removed one by one or all at once', async t => {
  const { person, phone } = await enrolled()
  const trust = (userAgent: string) =>
    testAccounts.with(person.id, async account => {
      const tokens = await app.completedSignIns.rememberBrowser(account, [])
      const until = new Date(clock.now().getTime() + 86_400_000)
      const by = { ...stranger(), userAgent }
      await app.knownBrowsers.trust((await app.knownBrowsers.find(account, tokens))!, { until, by })
      clock.advance(1)
      return tokens
    })
  const trusted = (tokens: string[]) =>
    testAccounts.with(person.id, account => app.knownBrowsers.trusted(account, tokens))
  const [laptop, phoneBrowser, tablet] = [await trust(FIREFOX), await trust(SAFARI), await trust(SAFARI)]
  const browser = await openSecurity(person, phone)
  const listed = browser.document.querySelectorAll('form[action*="/trusted-browsers/"]')
  t.is(listed.length, 3)
  t.regex(browser.text, /Firefox on Linux Since .* Until/)

  await browser.submit({}, { action: listed[0]!.getAttribute('action')! })
  t.regex(browser.text, /That browser is asked for the second factor again/)
  t.deepEqual([await trusted(laptop), await trusted(phoneBrowser), await trusted(tablet)], [true, true, false])
  await browser.submit({}, { action: '/trusted-browsers' })
  t.deepEqual([await trusted(laptop), await trusted(phoneBrowser)], [false, false])
  t.is(browser.document.querySelector('form[action*="/trusted-browsers/"]'), null)
})

test.serial('a factor reset that someone else requested is shown, and can be cancelled', async t => {
  const { person, phone } = await enrolled()
  const browser = await openSecurity(person, phone)
  clock.advance(1)
  await testAccounts.with(person.id, account => app.factorLoss.report(account, { by: stranger(), browser: 'theirs' }))
  const token = await testAccounts.token(person.email, 'factor-reset-proof')
  await app.scope(() => app.factorLoss.confirm(token, { by: stranger(), browser: 'theirs' }))
  await browser.open(`${url}/account/security`)
  t.regex(browser.text, /Your second factors will be removed/)
  await browser.submit({}, { action: '/factors/reset' })
  t.regex(browser.text, /Your second factors stay/)
  t.is(await testAccounts.with(person.id, account => app.factorResets.pending(account)), null)
})

const FORMS: [path: string, method: string][] = [
  ['totp', 'put'],
  ['totp', 'delete'],
  ['recovery-codes', 'post'],
  ['trusted-browsers/any', 'delete'],
  ['trusted-browsers', 'delete'],
  ['reset', 'delete'],
]

test.serial('no factor can be changed without the CSRF token of the page or without a session', async t => {
  const { person, phone } = await enrolled()
  const browser = await openSecurity(person, phone)
  const before = await factorsOf(person)
  for (const [form, method] of FORMS) {
    const without = await browser.fetch(`${url}/account/factors/${form}`, {
      method: 'POST',
      body: new URLSearchParams({ method }),
    })
    t.is(without.status, 403, form)
    const stranger = new Browser(url)
    await stranger.open(`${url}/account`)
    const body = new URLSearchParams({ csrf: browser.field('csrf')!, method })
    t.is((await stranger.fetch(`${url}/account/factors/${form}`, { method: 'POST', body })).status, 403, form)
  }
  t.deepEqual(await factorsOf(person), before)
})

test.serial('no factor is shown or changed without a recent sign-in', async t => {
  const { person, phone } = await enrolled()
  const browser = await openSecurity(person, phone)
  const before = await factorsOf(person)
  const csrf = browser.field('csrf')!
  clock.advance(21 * MINUTE)
  for (const [form, method] of FORMS) {
    const response = await browser.fetch(`${url}/account/factors/${form}`, {
      method: 'POST',
      body: new URLSearchParams({ csrf, method }),
    })
    t.is(response.status, 303, form)
    t.regex(response.headers.get('location') ?? '', /\/auth\?.*max_age=600/, form)
  }
  t.is((await browser.fetch(`${url}/account/authenticator-app`)).status, 303)
  t.deepEqual(await factorsOf(person), before)
})

test.serial('the history lists factor changes under one filter and refused factors under the other', async t => {
  const { person, phone } = await enrolled()
  const browser = await new Browser(url).open(`${url}/account/history`)
  await browser.submit({ email: person.email, password: person.password })
  await browser.submit({ code: '000000' })
  clock.advance(MINUTE)
  await browser.submit({ code: phone.code(), trust: 'on' })
  const about = { by: stranger(), subject: person.id, target: 'Key' }
  await app.scope(() => app.audit.write('factor.passkey-refused', { ...about, reason: 'wrong' }))

  const changes = ['Authenticator app added', 'New recovery codes made', 'Browser trusted']
  const signIns = ['Wrong code of the authenticator app', 'Passkey refused', 'Signed in']
  const shown = async (choice: string) => {
    await browser.open(`${url}/account/history?show=${choice}`)
    return [...changes, ...signIns].filter(text => browser.document.querySelector('main')!.textContent.includes(text))
  }
  t.deepEqual(await shown('changes'), changes)
  t.deepEqual(await shown('sign-ins'), signIns)
  t.deepEqual(await shown('all'), [...changes, ...signIns])
})
